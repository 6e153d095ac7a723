internal import Access
internal import Directory
internal import LocalServers
internal import Logging
internal import Postgres

/// What the first start of a home folder makes: the workspace `default` and an admin key.
struct FirstStart {
    let home: HomeFolder
    let postgresURL: String
    let logger: Logger

    /// Makes what is missing.
    ///
    /// - Returns: The admin key, when one was made; it is in the folder too.
    /// - Throws: What the database or the folder throws.
    func run() async throws -> String? {
        let pool = PostgresPool(try PostgresConfiguration(url: postgresURL), logger: logger)
        do {
            let administration = KeyAdministration(store: PostgresDirectoryStore(pool: pool))
            let key = try await administration.bootstrap()
            if let key { try home.write(key.text + "\n", to: "admin.key") }
            pool.close()
            return key?.text
        } catch {
            pool.close()
            throw error
        }
    }
}
