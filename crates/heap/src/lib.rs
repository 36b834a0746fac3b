//! How much freed memory the process keeps.
//!
//! glibc keeps what was freed for later: the more, the larger the blocks are that a program has freed before, up to 64 MiB
//! in each of its arenas, of which threads use several. A node that plans for a library of 100,000 photos now and then, each
//! time in another thread, held 60 MiB more than it ever used at once. With fixed limits it gives them back.

/// Blocks of this many bytes or more are asked of the system one by one, and given back when they are freed. A decoded
/// picture of a megapixel is smaller; above that, asking costs nothing beside filling the block.
pub const LARGE_BLOCK_BYTES: i32 = 4 << 20;
/// More free bytes than this at the end of an arena are given back.
pub const KEPT_BYTES: i32 = 4 << 20;

/// Sets both limits; to be called at the process' begin. Other C libraries give back what is free by themselves: there,
/// it does nothing.
pub fn limit_kept_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::limit();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    /// What the limits cannot be set to changes nothing: memory is kept as ever.
    #[allow(unsafe_code)]
    pub(super) fn limit() {
        for (limit, bytes) in
            [(libc::M_MMAP_THRESHOLD, super::LARGE_BLOCK_BYTES), (libc::M_TRIM_THRESHOLD, super::KEPT_BYTES)]
        {
            // SAFETY: it takes two numbers, sets a parameter under glibc's own lock (mallopt(3): MT-Safe), and moves no
            // memory that is in use.
            let _ = unsafe { libc::mallopt(limit, bytes) };
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Of this process, in bytes.
    fn resident() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
        let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib << 10
    }

    /// Many small blocks, and a large one that the next one may take the place of.
    fn use_and_free(megabytes: usize) {
        let large = vec![1_u8; megabytes << 20];
        let small: Vec<Vec<u8>> = (0..megabytes << 4).map(|at| vec![at as u8; 32 << 10]).collect();
        drop(std::hint::black_box((large, small)));
    }

    #[test]
    fn what_was_freed_is_given_back() {
        limit_kept_memory();
        let before = resident();
        // Freeing ever larger blocks is what makes glibc keep more by itself. Each thread has an arena of its own.
        for megabytes in [8, 16, 24, 20] {
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| use_and_free(megabytes));
                }
            });
        }
        let kept = resident().saturating_sub(before);
        assert!(kept < 4 * KEPT_BYTES as usize, "{kept} bytes are kept");
    }
}
