//! A PostgreSQL server for tests: one per test process, on a loopback port of its own, gone when the process is.
//!
//! Where PostgreSQL is not installed the tests that want it do not run, and say so loudly; with
//! `DESKBELL_REQUIRE_POSTGRES` set they fail instead, so that a skip never looks green where it matters.
//!
//! Nothing in here is Rust's own: `initdb`, `pg_ctl` and `createdb` do the work, `sh` cleans up after them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Starts a server, says so, waits until nobody holds the other end of its input, and removes every trace.
/// A Ctrl-C that ends the tests reaches it too and must not end it before it has cleaned up.
/// Arguments: directory of the programs, port.
const KEEPER: &str = r#"
trap : INT TERM HUP
dir=$(mktemp -d "${TMPDIR:-/tmp}/deskbell-pg.XXXXXX") || exit 1
"$1/initdb" -D "$dir/data" -U deskbell -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 &&
"$1/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >>"$dir/log" 2>&1 \
    -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=300" &&
echo ready || sed 's/^/postgres: /' "$dir/log" >&2
exec 1>&-
cat >/dev/null
"$1/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
"#;

struct Server {
    programs: PathBuf,
    port: u16,
    /// The server lives as long as the input of this is open: until the process ends, however it ends.
    _keeper: Child,
}

/// The address of an empty database; `None` (said loudly) if PostgreSQL is not installed.
///
/// # Panics
/// When `DESKBELL_REQUIRE_POSTGRES` is set and there is no PostgreSQL, and when there is one that does not start.
pub(crate) fn database() -> Option<String> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(start).as_ref()?;
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let created = Command::new(server.programs.join("createdb"))
        .args(["-h", "127.0.0.1", "-U", "deskbell", "-p", &server.port.to_string(), &name])
        .status();
    assert!(created.as_ref().is_ok_and(|status| status.success()), "createdb {name}: {created:?}");
    Some(format!("postgres://deskbell@127.0.0.1:{}/{name}", server.port))
}

fn start() -> Option<Server> {
    let Some(programs) = programs() else {
        missing();
        return None;
    };
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("a free loopback port").port();
    let mut keeper = as_nobody_special();
    keeper.arg("-c").arg(KEEPER).arg("keeper").arg(&programs).arg(port.to_string());
    keeper.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = keeper.spawn().expect("sh starts");
    let mut said = String::new();
    let output = child.stdout.take().expect("stdout is piped");
    BufReader::new(output).read_line(&mut said).expect("the keeper can be read");
    assert_eq!(said.trim(), "ready", "PostgreSQL is installed but did not start; its log is above");
    Some(Server { programs, port, _keeper: child })
}

/// Where `initdb` and the rest are: on the path, or where Debian keeps them.
fn programs() -> Option<PathBuf> {
    let has_initdb = |dir: &Path| dir.join("initdb").is_file();
    let found = Command::new("sh").args(["-c", "command -v initdb"]).output().ok()?;
    let on_path = std::fs::canonicalize(String::from_utf8_lossy(&found.stdout).trim()).unwrap_or_default();
    if let Some(dir) = on_path.parent().filter(|dir| has_initdb(dir)) {
        return Some(dir.to_owned());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    versions.map(|v| v.path().join("bin")).filter(|dir| has_initdb(dir)).max()
}

/// A shell; as the user `postgres` if we are root, because PostgreSQL refuses to run as root.
fn as_nobody_special() -> Command {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if id.stdout.trim_ascii() != b"0" {
        return Command::new("sh");
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", "sh"]);
    command
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests have no app to read the environment for them"
)]
fn missing() {
    let how = "install it (apt-get install postgresql, brew install postgresql)";
    let required = std::env::var_os("DESKBELL_REQUIRE_POSTGRES").is_some();
    assert!(!required, "DESKBELL_REQUIRE_POSTGRES is set, but there is no PostgreSQL: {how}");
    eprintln!("\n*** THE POSTGRESQL HALF OF THE STORE TESTS DID NOT RUN: no PostgreSQL here; {how} ***\n");
}
