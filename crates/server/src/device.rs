//! What a request's headers say about the device behind it.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use tintype_library::sessions::Device;

/// Longest text taken from a header.
const TEXT_LIMIT: usize = 128;
/// Browsers by the word that gives them away; the first match counts, as many name others as well.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome Headless"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Systems, likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "Chrome OS"),
    ("Linux", "Linux"),
];

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.char_indices().nth(TEXT_LIMIT).map_or(value, |(end, _)| &value[..end]))
}

/// Version of the official app: `immich-android/2.7.5`, or `Immich_Android_1.94.1` of old ones.
pub(crate) fn app_version(headers: &HeaderMap) -> Option<String> {
    let agent = text(headers, USER_AGENT.as_str())?.to_ascii_lowercase();
    let rest = agent.strip_prefix("immich")?.strip_prefix(['-', '_'])?;
    let rest = ["android", "ios", "unknown"].iter().find_map(|system| rest.strip_prefix(system))?;
    let version = rest.strip_prefix(['/', '_'])?;
    let version: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    (!version.is_empty()).then_some(version)
}

/// The device that logs in: the browser, else what the app's own headers say (http-api §2).
pub(crate) fn device(headers: &HeaderMap) -> Device {
    let agent = text(headers, USER_AGENT.as_str()).unwrap_or_default();
    let named =
        |names: &[(&str, &'static str)]| names.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name);
    let own = |header| text(headers, header).unwrap_or_default();
    Device {
        device_type: named(&BROWSERS).unwrap_or_else(|| own("devicemodel")).to_owned(),
        device_os: named(&SYSTEMS).unwrap_or_else(|| own("devicetype")).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn apps_and_browsers_are_recognised() {
        let app =
            headers(&[("user-agent", "immich-android/2.7.5"), ("devicemodel", "Pixel 9"), ("devicetype", "Android")]);
        let found = device(&app);
        assert_eq!((found.device_type.as_str(), found.device_os.as_str()), ("Pixel 9", "Android"));
        assert_eq!(app_version(&app).as_deref(), Some("2.7.5"));
        assert_eq!(app_version(&headers(&[("user-agent", "Immich_iOS_1.94.1")])).as_deref(), Some("1.94.1"));
        let browser =
            headers(&[("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36")]);
        let found = device(&browser);
        assert_eq!((found.device_type.as_str(), found.device_os.as_str()), ("Chrome", "Linux"));
        assert_eq!(app_version(&browser), None);
    }
}
