internal import Mail
package import Outbound
internal import ServiceRuntime

/// The settings of alerts.
///
/// All defaults are visible here.
package struct AlertsConfiguration: ComponentConfiguration {
    /// Entries in one batch at most.
    package var batchLimit = 100
    /// Where mail is handed in; `nil` when mail is off.
    package var smtp: SMTPServer?
    /// Who mail comes from.
    package var from = "Oliver <oliver@localhost>"
    /// How long handing in one mail may take.
    package var smtpTimeout = Duration.seconds(30)
    /// How long one webhook may take.
    package var webhookTimeout = Duration.seconds(10)
    /// Whether webhooks may go to machines behind the firewall.
    package var allowsPrivateAddresses = false
    /// Where people find Oliver: what links in messages begin with.
    package var publicURL = "http://127.0.0.1:8080"
    /// The secret that webhooks' secrets are made from; without it the database has one.
    package var key: String?
    /// Messages that are delivered side by side.
    package var senders = 4
    /// From one look at all budgets to the next.
    package var interval = Duration.seconds(300)
    /// The wait after a first failed try.
    package var retryAfter = Duration.seconds(2)
    /// How long a message is tried.
    package var giveUpAfter = Duration.seconds(86_400)
    /// How long a replica may take for one try before another one tries.
    package var lease = Duration.seconds(40)
    /// Messages to one recipient within a minute; what comes beyond waits and goes as one.
    package var messagesPerMinute = 3

    package init() {}
}
