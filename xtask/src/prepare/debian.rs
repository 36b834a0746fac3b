//! Programs from Debian packages: found on the path, or installed with apt-get when that is allowed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::report;
use crate::run;

/// A Debian package and the programs that the tests start from it.
struct Package {
    name: &'static str,
    programs: &'static [&'static str],
}

const PACKAGES: &[Package] = &[
    Package { name: "libimage-exiftool-perl", programs: &["exiftool"] },
    Package { name: "ffmpeg", programs: &["ffmpeg", "ffprobe"] },
    Package { name: "libjxl-tools", programs: &["cjxl", "djxl"] },
    Package { name: "libavif-bin", programs: &["avifenc"] },
    Package { name: "openssh-client", programs: &["sftp", "ssh", "scp", "ssh-keygen"] },
    Package { name: "openssh-server", programs: &["sshd"] },
    Package { name: "sshpass", programs: &["sshpass"] },
    Package { name: "lftp", programs: &["lftp"] },
    Package { name: "rclone", programs: &["rclone"] },
    Package { name: "rsync", programs: &["rsync"] },
    Package { name: "samba", programs: &["smbstatus"] },
    Package { name: "smbclient", programs: &["smbclient"] },
    Package { name: "chromium", programs: &["chromium"] },
    Package { name: "python3", programs: &["python3"] },
    Package { name: "npm", programs: &["npm", "node"] },
];

/// Installs what is missing. Answers what a person has to do where that was not possible.
pub(super) fn prepare() -> Result<Option<String>> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(None);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let by_hand = format!("install the Debian packages {0} (apt-get install {0})", names.join(" "));
    let Some(root) = root_prefix() else {
        return Ok(Some(format!("{by_hand}: this needs root or sudo without a password")));
    };
    if !on_path("apt-get") {
        let programs: Vec<&str> = missing.iter().flat_map(|package| package.programs).copied().collect();
        return Ok(Some(format!("install these programs (there is no apt-get here): {}", programs.join(" "))));
    }
    report::say(&format!("installing {}", names.join(" ")));
    // Old lists may still be good enough, so a failed update does not end the attempt.
    if !run::watched(&mut apt(root, &["update"]))?.success {
        report::say("apt-get update failed: is the network there?");
    }
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(&names);
    if !run::watched(&mut apt(root, &arguments))?.success {
        return Ok(Some(format!("apt-get install failed (see above; is the network there?): {by_hand}")));
    }
    Ok(still_missing())
}

fn missing() -> Vec<&'static Package> {
    PACKAGES.iter().filter(|package| !package.programs.iter().all(|program| on_path(program))).collect()
}

fn still_missing() -> Option<String> {
    let names: Vec<&str> = missing().iter().map(|package| package.name).collect();
    (!names.is_empty()).then(|| format!("installed, but their programs are not on the path: {}", names.join(" ")))
}

/// What to put before a command so that it runs as root; `None` if there is no way without asking.
fn root_prefix() -> Option<&'static [&'static str]> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root {
        return Some(&[]);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    sudo.status().is_ok_and(|status| status.success()).then_some(&["sudo", "-n"])
}

fn apt(root: &[&str], arguments: &[&str]) -> Command {
    // sudo drops the environment, so the setting is given by `env`.
    let words: Vec<&str> = root.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg("--quiet").args(arguments);
    command
}

/// Whether a program is found where a shell would look for it, or where servers are kept (Debian leaves those
/// folders out of the path of everybody but root).
pub(super) fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut folders = env::split_paths(&path).filter(|folder| folder != Path::new("")).chain(servers);
    folders.any(|folder| folder.join(program).is_file())
}
