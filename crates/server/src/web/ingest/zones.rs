//! How each zone stands.

use maud::{Markup, html};
use tintype_protocol::time::Timestamp;

use crate::landing::LandingZone;
use crate::web::text::{bytes, count, grouped, span};

pub(super) fn section(zones: &[LandingZone], now: Timestamp) -> Markup {
    html! { ul.queues { @for zone in zones { (card(zone, now)) } } }
}

fn mood(zone: &LandingZone) -> &'static str {
    match zone {
        zone if !zone.problems.is_empty() => "Trouble",
        zone if zone.away.is_some() => "Waiting",
        zone if zone.on_the_way > 0 => "Working",
        _ => "Idle",
    }
}

fn card(zone: &LandingZone, now: Timestamp) -> Markup {
    let of = |state: &str| zone.counts.iter().find(|(name, ..)| *name == state).map_or(0, |(_, files, _)| *files);
    let failed = of("undone");
    html! {
        li.queue data-zone=(zone.name) data-mood=(mood(zone).to_lowercase()) {
            div.queue-title { h2 { (zone.name) } span.mood { (mood(zone)) } }
            p { code { (zone.folder) } " to " (zone.destination) "; " (zone.after) "." }
            dl.counts {
                div { dt { "On the way" } dd { (grouped(zone.on_the_way)) } }
                div { dt { "Delivered" } dd { (grouped(of("released"))) } }
                div data-bad[failed > 0] { dt { "Undone" } dd { (grouped(failed)) } }
            }
            @if zone.on_the_way > 0 { p.hint { (steps(zone)) } }
            @if let Some((files, rate)) = zone.rate {
                p.hint { (format!("{files:.0}")) " files and " (bytes(rate as u64)) " a minute" }
            }
            @if zone.saved_bytes > 0 { p.hint { (bytes(zone.saved_bytes)) " saved" } }
            @if let Some((reason, until)) = &zone.away {
                p.reason { (reason) ". Tried again in " (span(until.0 - now.0)) "." }
            }
            @for problem in zone.problems.iter().take(3) { p.reason { (problem) } }
            @if zone.strange > 0 {
                p.hint { (count(zone.strange, "link, pipe or device is", "links, pipes or devices are")) " left alone" }
            }
        }
    }
}

/// `3 settled, 12 verified`.
fn steps(zone: &LandingZone) -> String {
    let ended = ["released", "undone", "passed-over"];
    let moving = zone.counts.iter().filter(|(name, ..)| !ended.contains(name));
    let told: Vec<String> =
        moving.map(|(name, files, size)| format!("{} {name} ({})", grouped(*files), bytes(*size))).collect();
    told.join(", ")
}
