//! Everybody comes home at the same time.

use crate::site::{Site, has, noise};

const CLIENTS: u64 = 50;
const FILES: u64 = 4;

#[test]
fn fifty_uploads_at_once() {
    if !has(&["sftp"]) {
        return;
    }
    let mut limits = crate::site::limits();
    // All fifty knock before the first is in: on a slow machine that takes them longer than ten seconds.
    limits.strangers_per_address = 64;
    limits.login_time = std::time::Duration::from_secs(60);
    let site = Site::with(limits, None);
    let bytes = |client: u64, file: u64| noise(200_000 + client as usize, client * FILES + file);
    let sftp = |client: u64| {
        let mut commands = format!("mkdir {client}\n");
        for file in 0..FILES {
            let path = site.write_beside(&format!("from/{client}-{file}"), &bytes(client, file));
            commands += &format!("put {} {client}/{file}.jpg\n", path.display());
        }
        let batch = site.write_beside(&format!("batch-{client}"), commands.as_bytes());
        let mut sftp = std::process::Command::new("sftp");
        sftp.args(site.ssh_options()).arg("-i").arg(site.key()).args(["-P", &site.port(), "-b"]).arg(batch);
        sftp.arg(format!("{}@127.0.0.1", crate::site::USER)).output().unwrap()
    };
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn({
                    let sftp = &sftp;
                    move || sftp(client)
                })
            })
            .collect();
        for one in started {
            let output = one.join().unwrap();
            assert!(output.status.success(), "{}", crate::site::text(&output));
        }
    });
    for client in 0..CLIENTS {
        for file in 0..FILES {
            let sent = std::fs::read(site.in_zone(&format!("{client}/{file}.jpg"))).unwrap();
            assert!(sent == bytes(client, file), "{client}/{file}");
        }
    }
    assert_eq!(site.names().len() as u64, CLIENTS * (FILES + 1), "and nothing else lies there");
}
