//! A throwaway PostgreSQL server: its own folder, a socket in it, no port. It ends, and its folder goes, when the process
//! that started it ends, however that ends.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Starts the server and waits for the end of its input, which is the end of whoever holds it.
const KEEPER: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=200 -c fsync="$3" >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server"
[ -e "$2/keep" ] || rm -rf "$2"
"#;

/// A server of one's own.
pub(crate) struct Server {
    folder: PathBuf,
    programs: PathBuf,
    fsync: &'static str,
    keeper: Option<(Child, ChildStdin)>,
}

impl Server {
    /// Starts one. With `durable` it waits for its disk, as it would in earnest.
    ///
    /// # Errors
    /// Why there is none: PostgreSQL is not installed, or does not start.
    pub(crate) fn start(durable: bool) -> Result<Self, String> {
        let programs =
            programs().ok_or("PostgreSQL is not installed: see /usr/lib/postgresql; tools/setup installs it")?;
        let folder = tempfile::Builder::new().prefix("vg-pg-").tempdir_in("/tmp").map_err(told)?.keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).map_err(told)?;
        let mut server = Self { folder, programs, fsync: if durable { "on" } else { "off" }, keeper: None };
        server.initialise()?;
        server.go_on()?;
        Ok(server)
    }

    /// The address of a new, empty database.
    pub(crate) fn database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE DATABASE {name}")).unwrap();
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.display())
    }

    /// Ends it at once, as a power cut would. Its folder stays.
    pub(crate) fn stop(&mut self) {
        std::fs::write(self.keep(), "").unwrap();
        self.end();
    }

    fn end(&mut self) {
        if let Some((mut keeper, input)) = self.keeper.take() {
            drop(input);
            keeper.wait().unwrap();
        }
    }

    /// Starts it on the folder that it has.
    ///
    /// # Errors
    /// What its log says.
    pub(crate) fn go_on(&mut self) -> Result<(), String> {
        std::fs::remove_file(self.keep()).ok(); // it is there after a stop alone
        let mut keeper = self
            .as_postgres("/bin/sh")
            .args(["-c", KEEPER, "keeper"])
            .args([&self.programs, &self.folder])
            .arg(self.fsync)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(told)?;
        let input = keeper.stdin.take().ok_or("no input")?;
        self.keeper = Some((keeper, input));
        let mut answer = Err(String::new());
        for _ in 0..200 {
            answer = self.sql("SELECT 1");
            if answer.is_ok() {
                return Ok(());
            }
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        answer.map_err(|error| format!("{error}\n{log}"))
    }

    fn initialise(&self) -> Result<(), String> {
        if is_root() {
            ran(Command::new("chown").arg("postgres").arg(&self.folder))?;
        }
        let mut initdb = self.as_postgres(self.programs.join("initdb"));
        ran(initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N", "-D"]).arg(self.data()))
    }

    fn sql(&self, text: &str) -> Result<(), String> {
        let mut psql = Command::new(self.programs.join("psql"));
        ran(psql.args(["-U", "postgres", "-q", "-c", text, "-h"]).arg(&self.folder).arg("postgres"))
    }

    fn keep(&self) -> PathBuf {
        self.folder.join("keep")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The server refuses to be root.
    fn as_postgres(&self, program: impl AsRef<Path>) -> Command {
        if !is_root() {
            return Command::new(program.as_ref());
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program.as_ref());
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        std::fs::remove_file(self.keep()).ok(); // it is there after a stop alone
        self.end();
        std::fs::remove_dir_all(&self.folder).ok(); // mostly gone already
    }
}

/// One server for all tests of this process.
pub(crate) fn shared() -> Result<&'static Server, &'static str> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(false)).as_ref().map_err(String::as_str)
}

/// The newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin"));
    versions.filter(|bin| bin.join("initdb").exists()).max()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn ran(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(told)?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
