internal import Mail
internal import Outbound
package import ServiceRuntime

extension AlertsConfiguration {
    /// Reads the settings, below `alerts` in the file, `OLIVER_ALERTS_…` in the environment.
    ///
    /// - `smtpURL` (secret, optional): `smtp://user:password@host:587` or `smtps://…`; without it mail is off
    /// - `smtpPassword` (secret, optional): instead of the one in the URL
    /// - `smtpSecurity` (`required`, `opportunistic`, `off`; default required with a user, else opportunistic)
    /// - `smtpAuthorities` (path, optional): certificates to trust instead of the machine's
    /// - `smtpTimeout` (duration, default 30s, 1s–50s), `webhookTimeout` (duration, default 10s, 1s–50s)
    /// - `from` (address, default `Oliver <oliver@localhost>`): who mail comes from
    /// - `publicURL` (URL, default http://127.0.0.1:8080): what links begin with
    /// - `allowPrivateAddresses` (bool, default false): whether webhooks may go behind the firewall
    /// - `key` (secret, optional, 32 characters at least): what webhooks' secrets are made from
    /// - `senders` (int, default 4, 1–32): messages that are delivered side by side
    /// - `interval` (duration, default 5m, 1s–1d): from one look at all budgets to the next
    /// - `retryAfter` (duration, default 2s, 50ms–15m), `giveUpAfter` (duration, default 1d, 1m–30d)
    /// - `messagesPerMinute` (int, default 3, 1–1000): to one recipient, before a digest waits
    /// - `batchLimit` (int, default 100, 1–1000): notices in one batch
    package init(reader: SettingsReader) {
        self.init(reader: reader, defaultPublicURL: AlertsConfiguration().publicURL)
    }

    /// Reads the settings of a process that knows where people find it.
    package init(reader: SettingsReader, defaultPublicURL: String) {
        self.init()
        batchLimit = reader.int("batchLimit", default: batchLimit, in: 1...1_000)
        smtpTimeout = reader.duration("smtpTimeout", default: smtpTimeout, in: .seconds(1)...(.seconds(50)))
        webhookTimeout = reader.duration("webhookTimeout", default: webhookTimeout, in: .seconds(1)...(.seconds(50)))
        from = reader.string("from", default: from)
        publicURL = reader.string("publicURL", default: defaultPublicURL)
        allowsPrivateAddresses = reader.bool("allowPrivateAddresses", default: allowsPrivateAddresses)
        key = reader.secret("key")
        senders = reader.int("senders", default: senders, in: 1...32)
        interval = reader.duration("interval", default: interval, in: .seconds(1)...(.seconds(86_400)))
        retryAfter = reader.duration("retryAfter", default: retryAfter, in: .milliseconds(50)...(.seconds(900)))
        giveUpAfter = reader.duration("giveUpAfter", default: giveUpAfter, in: .seconds(60)...(.seconds(2_592_000)))
        messagesPerMinute = reader.int("messagesPerMinute", default: messagesPerMinute, in: 1...1_000)
        // A lease outlives a try, whatever that may take.
        lease = max(smtpTimeout, webhookTimeout) + .seconds(10)
        smtp = Self.server(reader)
    }

    private static func server(_ reader: SettingsReader) -> SMTPServer? {
        guard let url = reader.secret("smtpURL") else { return nil }
        do {
            var server = try SMTPServer(url: url)
            if let password = reader.secret("smtpPassword") { server.password = password }
            server.authorityFile = reader.string("smtpAuthorities")
            server.security = reader.choice("smtpSecurity", default: server.security)
            return server
        } catch {
            reader.report("smtpURL", error.description)
            return nil
        }
    }

    package func validate() -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        if Mailbox(parsing: from) == nil {
            problems.append(ConfigurationProblem("alerts.from", "must be an address, like Oliver <oliver@example.com>"))
        }
        let isURL = ["http://", "https://"].contains { publicURL.hasPrefix($0) }
        if !isURL || publicURL.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\"") }) {
            problems.append(ConfigurationProblem("alerts.publicURL", "must begin with http:// or https://"))
        }
        if let key, key.utf8.count < 32 {
            problems.append(ConfigurationProblem("alerts.key", "must have 32 characters at least"))
        }
        if let smtp, smtp.security == .off, smtp.user != nil {
            problems.append(
                ConfigurationProblem("alerts.smtpSecurity", "must not be off with a user: the password would be read")
            )
        }
        return problems
    }

    package var remarks: [String] {
        smtp == nil
            ? ["alerts: OLIVER_ALERTS_SMTP_URL is not set: mail is off, alerts that need it stay in the log only"] : []
    }
}
