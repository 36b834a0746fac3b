//! What people use: curl and lftp, with TLS and without; uploads that break off.

use std::process::{Command, Stdio};

use crate::site::{PASSWORD, Site, USER, eventually, has, noise, text};

const AWKWARD: &str = "IMG 1 (copy) 'x' ä€😀 #.jpg";

#[test]
fn files_come_in_and_are_looked_after() {
    if !has(&["curl", "openssl"]) {
        return;
    }
    for site in [Site::plain(), Site::with_tls()] {
        let photo = site.write_beside(AWKWARD, &noise(700_000));
        site.upload(&photo, "2019/a.jpg");
        assert_eq!(site.read("2019/a.jpg"), noise(700_000));
        let back = site.beside("back.jpg");
        site.curl_ok(&["-o", back.to_str().unwrap(), &site.url("2019/a.jpg")]);
        assert_eq!(std::fs::read(&back).unwrap(), noise(700_000));
        let part = site.curl_ok(&["-r", "10-19", "--output", back.to_str().unwrap(), &site.url("2019/a.jpg")]);
        assert_eq!(std::fs::read(&back).unwrap(), noise(700_000)[10..20], "{part}");
        let listed = site.curl_ok(&[&site.url("2019/")]);
        assert!(listed.contains("700000") && listed.contains("a.jpg"), "{listed}");
        // Written anew, and given its final name in place of what has it.
        let again = site.write_beside("again.jpg", b"again");
        site.upload(&again, "2019/b.tmp");
        site.curl_ok(&["--quote", "RNFR 2019/b.tmp", "--quote", "RNTO 2019/a.jpg", &site.url("")]);
        assert_eq!((site.read("2019/a.jpg"), site.read("2019/a+1.jpg")), (b"again".to_vec(), noise(700_000)));
        let gone = ["--quote", "DELE 2019/a.jpg", "--quote", "DELE 2019/a+1.jpg", "--quote", "RMD 2019"];
        site.curl_ok(&[&gone[..], &[&site.url("")]].concat());
        assert!(site.names().is_empty());
        site.server.stop();
    }
}

#[test]
fn lftp_mirrors_folders_with_awkward_names() {
    if !has(&["lftp", "openssl"]) {
        return;
    }
    let site = Site::with_tls();
    let tree = site.beside("tree");
    std::fs::create_dir(&tree).unwrap();
    for number in 0..30 {
        std::fs::write(tree.join(format!("{number} {AWKWARD}")), noise(1_000 + number)).unwrap();
    }
    let script = format!(
        "set ssl:ca-file {}; set ftp:ssl-force true; set ftp:ssl-protect-data true; set net:max-retries 1; \
         open -u '{USER},{PASSWORD}' ftp://{}; mirror -R -P 4 {} tree; mirror -R {0} tree; cls -1 tree",
        site.beside("cert.pem").display(),
        site.server.local_addr(),
        tree.display()
    );
    let output = Command::new("lftp").args(["-c", &script.replace("mirror -R {0}", "mirror -R")]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    for number in 0..30 {
        assert_eq!(site.read(&format!("tree/{number} {AWKWARD}")), noise(1_000 + number));
    }
}

#[test]
fn an_upload_that_is_cut_is_no_file_until_it_is_continued() {
    if !has(&["curl", "openssl"]) {
        return;
    }
    let site = Site::with_tls();
    let bytes = noise(4_000_000);
    let photo = site.write_beside("photo.jpg", &bytes);
    let mut curl = site.curl();
    curl.args(["--limit-rate", "500k", "-T"]).arg(&photo).arg(site.url("photo.jpg"));
    let mut cut = curl.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let partial = site.zone.join(".tintype-part-photo.jpg");
    eventually("something came", || partial.metadata().is_ok_and(|about| about.len() >= 600_000));
    cut.kill().unwrap();
    cut.wait().unwrap();
    // The next client that asks is told how much there is.
    let size = || {
        let head = site.curl().args(["-I", &site.url("photo.jpg")]).output().unwrap();
        let said = text(&head);
        let line = said.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map(str::trim);
        line.and_then(|length| length.parse::<usize>().ok())
    };
    eventually("it is told", || size().is_some_and(|length| length >= 600_000));
    assert_eq!(site.names(), [".tintype-part-photo.jpg"], "it is no file");
    site.curl_ok(&["-C", "-", "-T", photo.to_str().unwrap(), &site.url("photo.jpg")]);
    assert_eq!(site.names(), ["photo.jpg"]);
    assert!(site.read("photo.jpg") == bytes);
}
