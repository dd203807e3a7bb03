//! What this process has used.

use std::io;

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// CPU time of all threads, in seconds.
    pub(super) cpu_seconds: f64,
    /// Resident memory, in MiB.
    pub(super) rss_mib: f64,
}

impl Usage {
    /// Reads it from the system.
    pub(super) fn now() -> io::Result<Self> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        let memory = std::fs::read_to_string("/proc/self/statm")?;
        let odd = || io::Error::new(io::ErrorKind::InvalidData, "/proc has another form than expected");
        // The command's name, in parentheses, may hold anything; fields are counted from behind it (proc(5): 14, 15).
        let fields: Vec<&str> = stat.rsplit_once(')').ok_or_else(odd)?.1.split_whitespace().collect();
        let ticks = |k: usize| fields.get(k).and_then(|field| field.parse::<f64>().ok()).ok_or_else(odd);
        let pages: f64 = memory.split_whitespace().nth(1).and_then(|field| field.parse().ok()).ok_or_else(odd)?;
        Ok(Self {
            cpu_seconds: (ticks(11)? + ticks(12)?) / rustix::param::clock_ticks_per_second() as f64,
            rss_mib: pages * rustix::param::page_size() as f64 / f64::from(1 << 20),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_memory_and_time() {
        let before = Usage::now().unwrap();
        assert!(before.rss_mib > 0.5);
        let mut sum = 0_u64;
        while Usage::now().unwrap().cpu_seconds <= before.cpu_seconds {
            sum = (0..100_000_u64).fold(sum, |sum, k| std::hint::black_box(sum.wrapping_add(k)));
        }
    }
}
