import Access
import Domain
import Postgres
import ServiceRuntime

extension Workspace {
    init(row: PostgresRow) throws {
        let failMode: String = try row.value("fail_mode")
        let unpricedMode: String = try row.value("unpriced_mode")
        self.init(
            id: try row.value("id"),
            name: try row.value("name"),
            timeZone: try row.value("time_zone"),
            weekStart: Int(try row.value("week_start", as: Int16.self)),
            fiscalYearStart: Int(try row.value("fiscal_year_start", as: Int16.self)),
            currency: try row.value("currency"),
            failMode: FailMode(rawValue: failMode) ?? .closed,
            unpricedMode: UnpricedMode(rawValue: unpricedMode) ?? .deny,
            retentionMonths: try row.optional("retention_months", as: Int32.self).map(Int.init),
            createdAt: try row.value("created_at")
        )
        archivedAt = try row.optional("archived_at")
        isHidden = try row.value("hidden")
        version = try row.value("changed_version")
    }

    /// The parameters of the statements that write a workspace.
    var values: [PostgresValue] {
        [
            .text(id), .text(name), .text(timeZone), .int(weekStart), .int(fiscalYearStart), .text(currency),
            .text(failMode.rawValue), .text(unpricedMode.rawValue), .int(retentionMonths.map(Int64.init)),
            .timestamp(archivedAt), .bool(isHidden), .int(version), .timestamp(createdAt),
        ]
    }
}

extension APIKey {
    init(row: PostgresRow) throws {
        let bytes: [UInt8] = try row.value("hash")
        guard let hash = KeyHash(bytes: bytes) else {
            throw DirectoryError(.unavailable, "a stored API key has no valid hash")
        }
        // A scope this version does not know is left out: it cannot be checked, so it cannot be granted.
        let names: [String] = try row.value("scopes")
        let scopes = names.reduce(into: Scopes()) { $0.formUnion(Scopes(names: [$1]) ?? []) }
        self.init(
            id: try row.value("id"),
            hash: hash,
            prefix: try row.value("prefix"),
            name: try row.value("name"),
            scopes: scopes,
            workspace: try row.optional("workspace"),
            sourceApp: try row.value("source_app"),
            createdAt: try row.value("created_at"),
            createdBy: try row.value("created_by"),
            lastUsedAt: try row.optional("last_used_at"),
            expiresAt: try row.optional("expires_at"),
            revokedAt: try row.optional("revoked_at")
        )
        previousHash = try row.optional("previous_hash", as: [UInt8].self).flatMap { KeyHash(bytes: $0) }
        graceUntil = try row.optional("grace_until")
        rotatedAt = try row.optional("rotated_at")
        version = try row.value("changed_version")
    }

    /// The parameters of the statements that write a key.
    var values: [PostgresValue] {
        [
            .text(id), .bytes(hash.bytes), .text(prefix), .text(name), .textArray(scopes.names), .text(workspace),
            .text(sourceApp), .timestamp(createdAt), .text(createdBy), .timestamp(lastUsedAt), .timestamp(expiresAt),
            .timestamp(revokedAt), .bytes(previousHash?.bytes), .timestamp(graceUntil), .timestamp(rotatedAt),
            .int(version),
        ]
    }
}
