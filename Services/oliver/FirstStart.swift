internal import Access
internal import Directory
internal import Domain
internal import LocalServers
internal import Logging
internal import Postgres

/// What the first start of a home folder makes: the workspace `default`, an admin key, and an owner who signs in by a link.
struct FirstStart {
    let home: HomeFolder
    let postgresURL: String
    let logger: Logger

    /// Makes what is missing.
    ///
    /// - Returns: The admin key, when one was made; it is in the folder too. The link's token, when nobody owned it all.
    /// - Throws: What the database or the folder throws.
    func run() async throws -> (key: String?, link: SessionToken?) {
        let pool = PostgresPool(try PostgresConfiguration(url: postgresURL), logger: logger)
        do {
            let administration = KeyAdministration(store: PostgresDirectoryStore(pool: pool))
            let key = try await administration.bootstrap()
            if let key { try home.write(key.text + "\n", to: "admin.key") }
            let accounts = AccountAdministration(store: PostgresAccountStore(pool: pool), author: "oliver")
            let link = try await accounts.bootstrap()
            pool.close()
            return (key?.text, link)
        } catch {
            pool.close()
            throw error
        }
    }
}
