import TestSupport
import Testing

/// The services as people run them: separate executables, real Redis and PostgreSQL, HTTP and the command line.
///
/// They need `OLIVER_BIN_DIR`, which `./oliver test` sets. One test runs at a time: each fills the machine.
@Suite(.serialized, .enabled(if: Executables.folder != nil, "OLIVER_BIN_DIR does not name the built executables"))
enum LiveSuite {}
