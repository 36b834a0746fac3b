//! Recipes as people write them, and what is wrong with them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::profile::{LOSSY_AT_MOST, Method, Profile, Step, covers};
use super::special::Special;
use super::template::Template;

/// Every content type that [`crate::sniff`] tells, less sensor data, which are taken as `image/*` or `*`.
const RECOGNISED: [&str; 21] = [
    "application/mxf",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/jp2",
    "image/jpeg",
    "image/jxl",
    "image/png",
    "image/psd",
    "image/svg+xml",
    "image/tiff",
    "image/webp",
    "video/avi",
    "video/mp2t",
    "video/mp4",
    "video/mpeg",
    "video/quicktime",
    "video/x-flv",
    "video/x-matroska",
    "video/x-ms-wmv",
];

/// Settings of the built-in methods where the recipe gives none.
const USUAL_AVIF_QUALITY: u8 = 70;
const USUAL_AVIF_SPEED: u8 = 6;
const USUAL_JXL_DISTANCE: f64 = 1.0;
const USUAL_H265_CRF: u8 = 24;
const USUAL_AV1_CRF: u8 = 30;

/// Longest time limit that can be declared, in seconds.
const MOST_SECONDS: u64 = 7 * 24 * 3_600;

/// Least memory that can be declared, in MiB: below, no program starts.
const LEAST_MIB: u64 = 16;

/// What is wrong with a declared recipe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step {step} of the recipe: {fault}")]
pub struct InvalidProfile {
    /// Which step, counted from 1.
    pub step: usize,
    /// What is wrong with it.
    pub fault: String,
}

/// A profile as it stands in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileDeclaration {
    #[serde(default)]
    step: Vec<StepDeclaration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepDeclaration {
    takes: Vec<String>,
    r#use: Option<String>,
    command: Option<Vec<String>>,
    /// Extension of what the command writes.
    output: Option<String>,
    quality: Option<u8>,
    speed: Option<u8>,
    distance: Option<f64>,
    crf: Option<u8>,
    at_most: Option<f64>,
    #[serde(default)]
    include: BTreeSet<Special>,
    time_limit_s: Option<u64>,
    memory_mib: Option<u64>,
}

impl ProfileDeclaration {
    pub(crate) fn check(self) -> Result<Profile, InvalidProfile> {
        let steps = self
            .step
            .into_iter()
            .enumerate()
            .map(|(index, step)| step.check().map_err(|fault| InvalidProfile { step: index + 1, fault }));
        Ok(Profile { steps: steps.collect::<Result<_, _>>()? })
    }
}

impl StepDeclaration {
    fn check(mut self) -> Result<Step, String> {
        let method = self.method()?;
        self.no_setting_is_left(&method)?;
        check_types(&self.takes, &method)?;
        let usual = if method.is_lossless() { 1.0 } else { LOSSY_AT_MOST };
        let at_most = self.at_most.unwrap_or(usual);
        if !(at_most > 0.0 && at_most <= 1.0) {
            return Err(format!("at_most is a part of the original, more than 0 and at most 1, not {at_most}"));
        }
        if self.time_limit_s.is_some_and(|seconds| !(1..=MOST_SECONDS).contains(&seconds)) {
            return Err(format!("time_limit_s is 1 to {MOST_SECONDS}"));
        }
        if self.memory_mib.is_some_and(|mib| mib < LEAST_MIB) {
            return Err(format!("memory_mib is at least {LEAST_MIB}"));
        }
        Ok(Step {
            takes: self.takes,
            method,
            includes: self.include,
            at_most,
            time: self.time_limit_s.map(Duration::from_secs),
            memory: self.memory_mib.map(|mib| mib.saturating_mul(1 << 20)),
        })
    }

    /// Takes the settings that belong to the method; what is left belongs to another.
    fn method(&mut self) -> Result<Method, String> {
        let name = match (self.r#use.take(), self.command.take()) {
            (Some(name), None) => name,
            (None, Some(command)) => {
                let output = self.output.take().ok_or("a command needs `output`, the extension of what it writes")?;
                return Template::new(command, output).map(Method::Command);
            }
            (Some(_), Some(_)) => return Err("it has both `use` and `command`".to_owned()),
            (None, None) => return Err("it has neither `use` nor `command`".to_owned()),
        };
        Ok(match name.as_str() {
            "pass" => Method::Pass,
            "jpeg-to-jxl-lossless" => Method::JpegToJxlLossless,
            "png-to-jxl-lossless" => Method::PngToJxlLossless,
            "avif" => Method::Avif {
                quality: within("quality", self.quality.take().unwrap_or(USUAL_AVIF_QUALITY), 100)?,
                speed: within("speed", self.speed.take().unwrap_or(USUAL_AVIF_SPEED), 10)?,
            },
            "jxl" => {
                let distance = self.distance.take().unwrap_or(USUAL_JXL_DISTANCE);
                if !(distance > 0.0 && distance <= 15.0) {
                    return Err(format!("distance is more than 0 and at most 15, not {distance}"));
                }
                Method::Jxl { distance }
            }
            "h265" => Method::H265 { crf: within("crf", self.crf.take().unwrap_or(USUAL_H265_CRF), 51)? },
            "av1" => Method::Av1 { crf: within("crf", self.crf.take().unwrap_or(USUAL_AV1_CRF), 63)? },
            other => {
                return Err(format!(
                    "`{other}` is no method; there are jpeg-to-jxl-lossless, png-to-jxl-lossless, avif, jxl, h265, av1 and \
                     pass"
                ));
            }
        })
    }

    fn no_setting_is_left(&self, method: &Method) -> Result<(), String> {
        let left = [
            ("output", self.output.is_some()),
            ("quality", self.quality.is_some()),
            ("speed", self.speed.is_some()),
            ("distance", self.distance.is_some()),
            ("crf", self.crf.is_some()),
        ];
        match left.into_iter().find(|(_, is_there)| *is_there) {
            Some((setting, _)) => Err(format!("{} has no setting `{setting}`", method.name())),
            None => Ok(()),
        }
    }
}

fn within(setting: &str, value: u8, most: u8) -> Result<u8, String> {
    if value > most { Err(format!("{setting} is 0 to {most}, not {value}")) } else { Ok(value) }
}

fn check_types(takes: &[String], method: &Method) -> Result<(), String> {
    if takes.is_empty() {
        return Err("it takes no type of file".to_owned());
    }
    for pattern in takes {
        if !RECOGNISED.iter().any(|known| covers(pattern, known)) {
            return Err(format!(
                "nothing is recognised as `{pattern}`; types are {}, image/*, video/* and *",
                RECOGNISED.join(", ")
            ));
        }
        let can = method.can_take();
        if !can.is_empty() && !can.iter().any(|known| covers(known, pattern)) {
            return Err(format!("{} takes {}, not {pattern}", method.name(), can.join(" and ")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_of_ones_own() {
        let profile: Profile = toml::from_str(
            r#"
            [[step]]
            takes = ["image/jpeg"]
            use = "avif"
            quality = 55
            at_most = 0.5
            include = ["panorama"]
            time_limit_s = 90

            [[step]]
            takes = ["video/*"]
            command = ["shrink", "{input}", "{output}"]
            output = "mp4"
            memory_mib = 512

            [[step]]
            takes = ["*"]
            use = "pass"
            "#,
        )
        .unwrap();
        let [avif, command, pass] = &profile.steps[..] else { panic!("{profile:?}") };
        assert_eq!(avif.method, Method::Avif { quality: 55, speed: USUAL_AVIF_SPEED });
        assert_eq!((avif.at_most, avif.time), (0.5, Some(Duration::from_secs(90))));
        assert!(avif.includes.contains(&Special::Panorama));
        assert_eq!((command.name(), command.memory, command.at_most), ("shrink", Some(512 << 20), LOSSY_AT_MOST));
        assert!(command.takes("video/quicktime") && !command.takes("image/jpeg") && pass.takes("image/psd"));
        assert!(profile.takes("video/mp4") && !profile.takes("image/png"));
    }

    #[test]
    fn faults_are_named() {
        for (step, complaint) in [
            ("takes = ['image/jpeg']", "step 1 of the recipe: it has neither `use` nor `command`"),
            ("takes = ['image/jpg']\nuse = 'pass'", "nothing is recognised as `image/jpg`"),
            ("takes = []\nuse = 'pass'", "takes no type"),
            ("takes = ['image/heic']\nuse = 'avif'", "avif takes image/jpeg and image/png, not image/heic"),
            ("takes = ['image/*']\nuse = 'jxl'", "jxl takes image/jpeg and image/png, not image/*"),
            ("takes = ['image/jpeg']\nuse = 'avif'\nquality = 101", "quality is 0 to 100, not 101"),
            ("takes = ['image/jpeg']\nuse = 'avif'\ncrf = 3", "avif has no setting `crf`"),
            ("takes = ['image/jpeg']\nuse = 'jxl'\ndistance = 0.0", "distance is more than 0"),
            ("takes = ['video/mp4']\nuse = 'h265'\ncrf = 52", "crf is 0 to 51, not 52"),
            ("takes = ['*']\nuse = 'shrink'", "`shrink` is no method"),
            ("takes = ['*']\nuse = 'pass'\ncommand = ['a']", "both `use` and `command`"),
            ("takes = ['*']\ncommand = ['a', '{input}', '{output}']", "needs `output`"),
            ("takes = ['*']\ncommand = ['a', '{input}']\noutput = 'mp4'", "no {output}"),
            ("takes = ['*']\nuse = 'pass'\nat_most = 1.5", "at_most is a part"),
            ("takes = ['*']\nuse = 'pass'\ntime_limit_s = 0", "time_limit_s is 1 to"),
            ("takes = ['*']\nuse = 'pass'\nmemory_mib = 1", "memory_mib is at least 16"),
            ("takes = ['*']\nuse = 'pass'\ninclude = ['moon']", "unknown variant `moon`"),
            ("takes = ['*']\nuse = 'pass'\nqualty = 3", "unknown field `qualty`"),
        ] {
            let error = toml::from_str::<Profile>(&format!("[[step]]\n{step}\n")).unwrap_err().to_string();
            assert!(error.contains(complaint), "{step}\n{error}");
        }
        assert!(toml::from_str::<Profile>("steps = []").unwrap_err().to_string().contains("unknown field `steps`"));
    }
}
