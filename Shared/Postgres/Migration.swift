/// One step of the schema's history.
package struct Migration: Sendable, Hashable {
    /// Names the step for ever, for example `ledger-0001`.
    package let id: String
    /// What it does, in a few words.
    package let name: String
    /// Statements without transaction control.
    package let sql: SQL

    package init(id: String, name: String, sql: SQL) {
        self.id = id
        self.name = name
        self.sql = sql
    }
}
