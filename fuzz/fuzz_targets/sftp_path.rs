//! Whatever path a client sends: what comes out is below the zone's folder, and reads the same when it is sent back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_ingest::sftp::{ZonePath, check_path};

fuzz_target!(|raw: &[u8]| {
    if let Ok(path) = ZonePath::resolve(raw) {
        check_path(&path);
        let shown = path.names().join(&b'/');
        assert_eq!(ZonePath::resolve(&shown), Ok(path));
    }
});
