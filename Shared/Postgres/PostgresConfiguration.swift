internal import CPostgres

/// How to reach a database, and the limits of a connection and of a pool of them.
///
/// The description leaves the password out.
package struct PostgresConfiguration: Sendable, CustomStringConvertible {
    /// libpq's connection keywords (`host`, `port`, `user`, `dbname`, `sslmode`, …) without the password.
    package private(set) var parameters: [String: String]
    private(set) var password: String?

    /// The name that `pg_stat_activity` shows.
    package var applicationName = "oliver"
    /// How long opening a connection may take.
    package var connectTimeout: Duration = .seconds(5)
    /// How long the server lets a statement run; zero is without end.
    package var statementTimeout: Duration = .seconds(30)
    /// How long the server lets a transaction sit idle before it ends the connection; zero is without end.
    package var idleInTransactionTimeout: Duration = .seconds(60)
    /// How long a statement waits for a lock; zero is without end.
    ///
    /// One that waited in vain ends connections of the same user whose client has been silent in the middle of a
    /// statement for longer than `idleInTransactionTimeout`: see `PostgresPool.withConnection`.
    package var lockTimeout: Duration = .zero
    /// How long a cancelled statement may take to end before its connection is given up.
    package var cancelGrace: Duration = .seconds(2)
    /// How many prepared statements one connection keeps.
    package var statementCacheSize = 256

    /// How many connections the pool opens at most.
    package var poolSize = 8
    /// How many callers may wait for a connection; one more is refused at once.
    package var maximumWaiters = 1024
    /// How long a caller waits for a connection.
    package var leaseTimeout: Duration = .seconds(10)

    /// Reads `postgres://user:password@host:port/database?sslmode=…`.
    ///
    /// Everything that libpq knows is allowed, so a folder of Unix sockets too: `postgres:///db?host=/run/postgresql`.
    ///
    /// - Throws: `PostgresError` with code `configuration`; its message does not repeat the text.
    package init(url: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(url, &message)
        defer {
            unsafe PQconninfoFree(options)
            unsafe PQfreemem(message)
        }
        guard let options = unsafe options, url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw PostgresError(.configuration, "not a PostgreSQL URL (postgres://user:password@host:port/database)")
        }
        var found: [String: String] = [:]
        var index = 0
        while let keyword = unsafe options[index].keyword {
            if let value = unsafe options[index].val { unsafe found[String(cString: keyword)] = String(cString: value) }
            index += 1
        }
        if let name = found.removeValue(forKey: "application_name") { applicationName = name }
        password = found.removeValue(forKey: "password")
        parameters = found
    }

    package var description: String {
        let shown = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (shown + (password == nil ? [] : ["password=***"])).joined(separator: " ")
    }

    /// The same for programs that use libpq: its environment variables, password included.
    package var environment: [String: String] {
        let names = [
            "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
            "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
            "service": "PGSERVICE", "options": "PGOPTIONS", "passfile": "PGPASSFILE",
        ]
        var environment = ["PGAPPNAME": applicationName]
        for (keyword, value) in parameters {
            if let name = names[keyword] { environment[name] = value }
        }
        environment["PGPASSWORD"] = password
        return environment
    }

    /// The same server with another database.
    package func with(database: String) -> PostgresConfiguration {
        var copy = self
        copy.parameters["dbname"] = database
        return copy
    }

    /// Keywords and values as `PQconnectStartParams` takes them.
    var connectionParameters: [(String, String)] {
        var all = parameters
        all["password"] = password
        all["application_name"] = applicationName
        all["client_encoding"] = "UTF8"
        // Bounds how long data may stay unacknowledged, and the connection that PQcancel opens.
        if all["tcp_user_timeout"] == nil { all["tcp_user_timeout"] = String(max(connectTimeout.milliseconds, 1_000)) }
        var settings = all["options"].map { $0 + " " } ?? ""
        settings += "-c TimeZone=UTC -c DateStyle=ISO -c statement_timeout=\(statementTimeout.milliseconds)"
        settings += " -c idle_in_transaction_session_timeout=\(idleInTransactionTimeout.milliseconds)"
        settings += " -c lock_timeout=\(lockTimeout.milliseconds)"
        // Compiling a statement of a report takes longer than running it.
        settings += " -c jit=off"
        all["options"] = settings
        return all.map { ($0.key, $0.value) }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
