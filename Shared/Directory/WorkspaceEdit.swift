internal import Calendars
internal import Domain
package import ServiceRuntime

/// The settings that are given to a workspace, a new one or one that is there; those that are nil stay as they are.
///
/// Both ways to administer workspaces, the API and the command line, read into one and leave the rest to it.
package struct WorkspaceEdit: Sendable, Hashable {
    package var name: String?
    package var timeZone: String?
    package var weekStart: Int?
    package var fiscalYearStart: Int?
    package var currency: String?
    package var failMode: FailMode?
    package var unpricedMode: UnpricedMode?
    package var isHidden: Bool?
    /// An inner nil keeps events for ever.
    package var retentionMonths: Int??

    package init() {}

    /// What no workspace can have, by the API's names of the fields.
    package var flaws: [InvalidParameter] {
        var example = Workspace(id: "example", createdAt: Timestamp(seconds: 0))
        apply(to: &example)
        var flaws = example.flaws
        if let timeZone, !flaws.contains(where: { $0.name == "time_zone" }), CalendarRules(timeZone: timeZone) == nil {
            let detail = "must be an IANA name, like Europe/Berlin"
            flaws.append(InvalidParameter("time_zone", code: "unknown_value", detail: detail))
        }
        return flaws
    }

    /// Writes what is given over a workspace's settings.
    package func apply(to workspace: inout Workspace) {
        workspace.name = name ?? workspace.name
        workspace.timeZone = timeZone ?? workspace.timeZone
        workspace.weekStart = weekStart ?? workspace.weekStart
        workspace.fiscalYearStart = fiscalYearStart ?? workspace.fiscalYearStart
        workspace.currency = currency ?? workspace.currency
        workspace.failMode = failMode ?? workspace.failMode
        workspace.unpricedMode = unpricedMode ?? workspace.unpricedMode
        workspace.isHidden = isHidden ?? workspace.isHidden
        workspace.retentionMonths = retentionMonths ?? workspace.retentionMonths
    }
}
