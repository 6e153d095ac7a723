/// The text of a statement, with `$1`, `$2`, … where parameters go.
///
/// It is written as a literal, which has no interpolation, so that data cannot become part of a statement.
package struct SQL: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The text as the server gets it.
    package let text: String

    package init(stringLiteral value: String) {
        text = value
    }

    /// A statement that code put together, for a planner whose columns and filters vary.
    ///
    /// > Warning: Every part must be a constant of the program or the name of an enum case: data goes into parameters.
    package init(assembled text: String) {
        self.text = text
    }
}

/// A statement and its parameters.
package struct PostgresQuery: Sendable {
    /// The statement.
    package var sql: SQL
    /// The parameters, `$1` first.
    package var values: [PostgresValue]

    package init(_ sql: SQL, _ values: [PostgresValue] = []) {
        self.sql = sql
        self.values = values
    }
}
