//! Videos that browsers cannot play are transcoded by ffmpeg to what all of them can: H.264 and AAC in MP4, 720p.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::tools::Tools;

/// Longest time for one video.
const TRANSCODE_LIMIT: Duration = Duration::from_secs(6 * 3_600);
/// Longest time to look at one video.
const PROBE_LIMIT: Duration = Duration::from_secs(30);
/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(50);
/// Short side of the result; smaller videos keep their size.
const TARGET_SHORT_SIDE: u32 = 720;
/// What every browser plays (http-api §6).
const ACCEPTED_VIDEO: [&str; 1] = ["h264"];
const ACCEPTED_AUDIO: [&str; 3] = ["aac", "mp3", "opus"];
/// Names of containers, as ffprobe gives them, that are accepted.
const ACCEPTED_CONTAINERS: [&str; 4] = ["mp4", "mov", "ogg", "webm"];

/// Why a video could not be looked at or transcoded.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum VideoError {
    #[error("{0} is not installed")]
    MissingTool(&'static str),
    #[error("{program} could not be run")]
    Run {
        program: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("{program} refused the file: {message}")]
    Refused { program: &'static str, message: String },
    #[error("{program} took too long")]
    TimedOut { program: &'static str },
    #[error("transcoding was interrupted")]
    Interrupted,
    #[error("ffprobe's answer could not be read")]
    Answer(#[source] serde_json::Error),
}

impl VideoError {
    /// Whether another try may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Interrupted)
    }
}

#[derive(Deserialize)]
struct Probe {
    #[serde(default)]
    streams: Vec<Stream>,
    format: Option<ContainerName>,
}

#[derive(Deserialize)]
struct Stream {
    codec_type: Option<String>,
    codec_name: Option<String>,
}

#[derive(Deserialize)]
struct ContainerName {
    format_name: Option<String>,
}

/// Whether browsers would not play the file as it is.
pub fn needs_transcoding(tools: &Tools, path: &Path) -> Result<bool, VideoError> {
    let ffprobe = tools.ffprobe.as_ref().ok_or(VideoError::MissingTool("ffprobe"))?;
    let child = Command::new(&ffprobe.path)
        .args(["-v", "error", "-of", "json", "-show_entries", "stream=codec_type,codec_name:format=format_name", "-i"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| VideoError::Run { program: "ffprobe", source })?;
    let output = wait(child, "ffprobe", PROBE_LIMIT, &AtomicBool::new(false))?;
    let probe: Probe = serde_json::from_slice(&output).map_err(VideoError::Answer)?;
    Ok(!is_playable(&probe))
}

fn is_playable(probe: &Probe) -> bool {
    let all_are = |kind: &str, accepted: &[&str]| {
        let mut of_kind = probe.streams.iter().filter(|stream| stream.codec_type.as_deref() == Some(kind));
        of_kind.all(|stream| stream.codec_name.as_deref().is_some_and(|codec| accepted.contains(&codec)))
    };
    let container = probe.format.as_ref().and_then(|format| format.format_name.as_deref()).unwrap_or_default();
    let is_accepted = container.split(',').any(|name| ACCEPTED_CONTAINERS.contains(&name));
    is_accepted && all_are("video", &ACCEPTED_VIDEO) && all_are("audio", &ACCEPTED_AUDIO)
}

/// Transcodes `input` to `output` (an `.mp4`), unless `interrupt` is set meanwhile.
pub fn transcode(tools: &Tools, input: &Path, output: &Path, interrupt: &AtomicBool) -> Result<(), VideoError> {
    let ffmpeg = tools.ffmpeg.as_ref().ok_or(VideoError::MissingTool("ffmpeg"))?;
    let scale = format!(
        "scale='if(gt(iw,ih),-2,min({TARGET_SHORT_SIDE},iw))':'if(gt(iw,ih),min({TARGET_SHORT_SIDE},ih),-2)',\
         scale=trunc(iw/2)*2:trunc(ih/2)*2"
    );
    let child = Command::new(&ffmpeg.path)
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-i"])
        .arg(input)
        .args(["-map", "0:v:0", "-map", "0:a:0?", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23"])
        .args(["-pix_fmt", "yuv420p", "-vf", &scale, "-c:a", "aac", "-ac", "2", "-movflags", "+faststart"])
        .args(["-map_metadata", "-1", "-f", "mp4"])
        .arg(output)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| VideoError::Run { program: "ffmpeg", source })?;
    wait(child, "ffmpeg", TRANSCODE_LIMIT, interrupt).map(drop)
}

/// Waits for a program and gives what it printed.
fn wait(
    mut child: Child,
    program: &'static str,
    limit: Duration,
    interrupt: &AtomicBool,
) -> Result<Vec<u8>, VideoError> {
    let failed = |source| VideoError::Run { program, source };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let stdout = std::thread::spawn(move || read_all(out));
    let stderr = std::thread::spawn(move || read_all(err));
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break Ok(status);
        }
        let is_late = begin.elapsed() > limit;
        if is_late || interrupt.load(Ordering::SeqCst) {
            // Both fail only when the program has ended by itself, which is as good.
            let _ = child.kill();
            let _ = child.wait();
            break Err(if is_late { VideoError::TimedOut { program } } else { VideoError::Interrupted });
        }
        std::thread::sleep(POLL);
    };
    let output = stdout.join().unwrap_or_default();
    let complaint = stderr.join().unwrap_or_default();
    if status?.success() {
        return Ok(output);
    }
    let message = String::from_utf8_lossy(&complaint).lines().next().unwrap_or("no reason given").to_owned();
    Err(VideoError::Refused { program, message })
}

/// Reads at most a megabyte; the rest is drained so that the program is not held up.
fn read_all(pipe: Option<impl io::Read>) -> Vec<u8> {
    /// What ffprobe and ffmpeg say is far shorter.
    const KEPT: u64 = 1 << 20;
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = io::Read::by_ref(&mut pipe).take(KEPT).read_to_end(&mut kept);
        let _ = io::copy(&mut pipe, &mut io::sink());
    }
    kept
}

use io::Read as _;

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(json: &str) -> Probe {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_browsers_play_is_left_alone() {
        let mp4 = r#"{"streams":[{"codec_type":"video","codec_name":"h264"},{"codec_type":"audio","codec_name":"aac"}],"format":{"format_name":"mov,mp4,m4a,3gp,3g2,mj2"}}"#;
        assert!(is_playable(&probe(mp4)));
        assert!(!is_playable(&probe(&mp4.replace("h264", "hevc"))));
        assert!(!is_playable(&probe(&mp4.replace("aac", "pcm_s16le"))));
        assert!(!is_playable(&probe(&mp4.replace("mov,mp4,m4a,3gp,3g2,mj2", "avi"))));
        assert!(!is_playable(&probe("{}")));
    }

    #[test]
    fn without_tools_it_says_so() {
        let error = needs_transcoding(&Tools::default(), Path::new("x.mp4")).unwrap_err();
        assert!(matches!(error, VideoError::MissingTool("ffprobe")), "{error}");
    }
}
