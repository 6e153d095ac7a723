internal import Domain
package import PriceBook
package import PriceDesk

/// Decides what of a price map may go into the book.
///
/// A map that has lost much is refused whole. A model whose change is suspicious keeps its last good price until
/// somebody decides; everything else goes in. Pure: the same inputs give the same plan.
package struct SyncGuards: Sendable {
    /// What is known besides the map.
    package struct Known: Sendable {
        /// The open versions of the map's source, by key.
        package var current: [String: StoredPrice]
        package var verdicts: PriceVerdicts
        /// The keys of models that had events lately.
        package var used: Set<String>

        package init(
            current: [String: StoredPrice],
            verdicts: PriceVerdicts = PriceVerdicts(),
            used: Set<String> = []
        ) {
            self.current = current
            self.verdicts = verdicts
            self.used = used
        }
    }

    /// Models that a map must have at least.
    package static let leastModels = 50
    /// Of a hundred models so many may vanish at once.
    package static let vanishedPercent = 2

    private let known: Known
    private var plan: SyncPlan

    private init(known: Known) {
        self.known = known
        plan = SyncPlan(isBaseline: known.current.isEmpty)
    }

    /// Compares a map with the book.
    ///
    /// The first map there is becomes the baseline: its oddities are warnings.
    package static func verdict(on map: PriceMap, _ known: Known) -> SyncVerdict {
        let incoming = Dictionary(map.entries.map { ($0.key, $0) }) { _, last in last }
        if let reason = reasonToRefuse(incoming, known) { return .refused(reason) }
        var guards = SyncGuards(known: known)
        let issues = Dictionary(grouping: map.issues, by: \.key)
        for (key, entry) in incoming.sorted(by: { $0.key < $1.key }) {
            guards.weigh(entry, issues: issues[key] ?? [])
        }
        for key in known.current.keys.sorted() where incoming[key] == nil { guards.weighVanished(key) }
        let pointless = known.verdicts.pending.keys.filter { incoming[$0] == nil && known.current[$0] == nil }
        guards.plan.superseded += pointless.sorted()
        return .plan(guards.plan)
    }

    private static func reasonToRefuse(_ incoming: [String: PriceEntry], _ known: Known) -> String? {
        if incoming.count < leastModels {
            return "The map has \(incoming.count) models, fewer than \(leastModels)."
        }
        let vanished = known.current.keys.count { incoming[$0] == nil }
        guard vanished * 100 > known.current.count * vanishedPercent else { return nil }
        return "\(vanished) of \(known.current.count) models are missing, more than \(vanishedPercent) %."
    }

    private mutating func weigh(_ entry: PriceEntry, issues: [PriceBookIssue]) {
        let version = entry.contentVersion(source: .litellm)
        let old = known.current[entry.key]
        guard old?.contentVersion != version else {
            plan.unchanged += 1
            supersedePending(of: entry.key)
            return
        }
        let check = EntryCheck(
            key: entry.key,
            old: old.map { FlatRates($0.entry) },
            new: FlatRates(entry),
            isUsed: known.used.contains(entry.key)
        )
        var findings = issues.map(GuardFinding.init) + check.findings
        if findings.isEmpty, !plan.isBaseline { findings = costFindings(entry, old: old?.entry) }
        if plan.isBaseline {
            plan.warnings += findings + check.oddities
            plan.opened.append(entry)
        } else if isHeld(entry.key, version) {
            plan.held += 1
            if known.verdicts.pending[entry.key] != version { supersedePending(of: entry.key) }
        } else if !findings.isEmpty {
            plan.proposals.append(.init(key: entry.key, findings: findings, old: old?.entry, new: entry))
        } else {
            plan.warnings += check.oddities
            supersedePending(of: entry.key)
            if old == nil { plan.opened.append(entry) } else { plan.changed.append(entry) }
        }
    }

    /// What the new prices do to the cost of calls: those of the model itself and, for a new model, those of a used one
    /// whose name now leads to it.
    private func costFindings(_ entry: PriceEntry, old: PriceEntry?) -> [GuardFinding] {
        if let old {
            return CostCheck(key: entry.key, old: old, new: entry, isUsed: known.used.contains(entry.key)).findings
        }
        let prefix = entry.provider + "/"
        let shadowed = entry.key.hasPrefix(prefix) ? String(entry.key.dropFirst(prefix.count)) : entry.key.lowercased()
        guard shadowed != entry.key, known.used.contains(shadowed), let other = known.current[shadowed]?.entry,
            other.provider == entry.provider
        else { return [] }
        return CostCheck(key: entry.key, old: other, new: entry, isUsed: true).findings
    }

    private mutating func weighVanished(_ key: String) {
        if isHeld(key, 0) {
            plan.held += 1
        } else if known.used.contains(key) {
            let detail = "The model is used and is no longer in the map."
            let finding = GuardFinding(key: key, kind: .usedModelVanished, detail: detail)
            plan.proposals.append(.init(key: key, findings: [finding], old: known.current[key]?.entry, new: nil))
        } else {
            supersedePending(of: key)
            plan.closed.append(key)
        }
    }

    /// Whether this very change waits for somebody or was refused: it is not asked for again.
    private func isHeld(_ key: String, _ version: UInt64) -> Bool {
        known.verdicts.pending[key] == version || known.verdicts.rejected[key]?.contains(version) == true
    }

    private mutating func supersedePending(of key: String) {
        if known.verdicts.pending[key] != nil { plan.superseded.append(key) }
    }
}

extension GuardFinding {
    /// A rate that the reader of the map could not use.
    fileprivate init(_ issue: PriceBookIssue) {
        self.init(
            key: issue.key,
            kind: .invalidRate,
            rate: issue.field,
            detail: "\(issue.field) \(issue.problem)."
        )
    }
}
