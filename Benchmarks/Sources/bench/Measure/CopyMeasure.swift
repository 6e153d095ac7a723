import Glibc

/// What PostgreSQL alone can do: COPY of the very rows of the ledger into clones of its tables.
struct CopyMeasure {
    let rows: Int
    let seconds: Double

    var perSecond: Double { Double(rows) / seconds }

    static let statements = [
        "CREATE TABLE bench_events (LIKE usage_events INCLUDING ALL) PARTITION BY RANGE (occurred_at)",
        "CREATE TABLE bench_identities (LIKE identities INCLUDING ALL)",
        "COPY bench_events FROM 'events' (FORMAT binary); COPY bench_identities FROM 'identities' (FORMAT binary)",
    ]

    /// Writes the rows to files, reads them back into empty clones from one session, and drops those.
    init(_ servers: Servers, home: Home) throws {
        let folder = "\(home.path)/postgres"
        rows = Int(try servers.sql("SELECT count(*) FROM usage_events").filter(\.isNumber)) ?? 0
        try servers.sql(Self.preparation(folder: folder))
        let files = ["\(folder)/bench-events", "\(folder)/bench-identities"]
        // What the kernel has not written of them is never to be written: it would do so half a minute later, all at once,
        // beside a latency that is measured with `always`.
        defer { for file in files { unlink(file) } }
        let start = Clock.now
        try servers.sql(
            """
            COPY bench_events FROM '\(files[0])' (FORMAT binary);
            COPY bench_identities FROM '\(files[1])' (FORMAT binary);
            """
        )
        seconds = Clock.now - start
        let copied = Int(try servers.sql("SELECT count(*) FROM bench_events").filter(\.isNumber))
        guard copied == rows else { throw BenchError("\(copied ?? 0) of \(rows) rows were copied") }
        try servers.sql("DROP TABLE bench_events, bench_identities; CHECKPOINT;")
    }

    /// The clones are made in a transaction of their own: COPY into a table of the same one would skip the log.
    private static func preparation(folder: String) -> String {
        """
        COPY (SELECT * FROM usage_events) TO '\(folder)/bench-events' (FORMAT binary);
        COPY identities TO '\(folder)/bench-identities' (FORMAT binary);
        CREATE TABLE bench_events (LIKE usage_events INCLUDING ALL) PARTITION BY RANGE (occurred_at);
        DO $$
        DECLARE child record;
        BEGIN
            FOR child IN
                SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'usage_events'::regclass
            LOOP
                EXECUTE format('CREATE TABLE %I PARTITION OF bench_events %s', 'bench_' || child.relname, child.bound);
            END LOOP;
        END $$;
        CREATE TABLE bench_identities (LIKE identities INCLUDING ALL);
        CHECKPOINT;
        """
    }
}
