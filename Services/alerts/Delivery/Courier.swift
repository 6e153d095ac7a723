package import Crypto
package import Domain
internal import Mail
package import Outbound
package import ServiceRuntime

/// Takes messages to where they go.
///
/// It has connections of its own and works on one message at a time; the dispatcher has several.
package struct Courier: Sendable {
    /// How it goes about that.
    package struct Configuration: Sendable {
        /// The mail server; `nil` when mail is off.
        package var smtp: SMTPServer?
        /// Who mail comes from.
        package var from: String
        package var smtpTimeout: Duration
        package var webhookTimeout: Duration
        package var policy: AddressPolicy
        package var links: ConsoleLinks
        /// The installation's key, from which webhooks' secrets come.
        package var key: SymmetricKey

        package init(
            smtp: SMTPServer?,
            from: String,
            smtpTimeout: Duration = .seconds(30),
            webhookTimeout: Duration = .seconds(10),
            policy: AddressPolicy,
            links: ConsoleLinks,
            key: SymmetricKey
        ) {
            self.smtp = smtp
            self.from = from
            self.smtpTimeout = smtpTimeout
            self.webhookTimeout = webhookTimeout
            self.policy = policy
            self.links = links
            self.key = key
        }

        /// The kinds of destinations that can be told.
        package var reachable: Set<ChannelKind> {
            smtp == nil ? [.webhook, .slack] : Set(ChannelKind.allCases)
        }
    }

    private let configuration: Configuration
    private let from: Mailbox
    private let mail: SMTPClient?
    private let web: PostClient
    private let clock: any WallClock

    /// Makes a courier; connects to nothing yet.
    ///
    /// - Throws: `OutboundError` when libcurl cannot be used or the sender is no address.
    package init(_ configuration: Configuration, clock: any WallClock) throws(OutboundError) {
        guard let from = Mailbox(parsing: configuration.from) else {
            throw OutboundError(.invalid, "the sender is no mail address")
        }
        self.configuration = configuration
        self.from = from
        self.clock = clock
        if let smtp = configuration.smtp {
            mail = try SMTPClient(smtp, timeout: configuration.smtpTimeout)
        } else {
            mail = nil
        }
        web = PostClient(policy: configuration.policy, timeout: configuration.webhookTimeout)
    }

    /// Delivers a message.
    ///
    /// - Parameters:
    ///   - id: The message's id.
    ///   - alerts: What it tells.
    ///   - destination: Where it goes.
    ///   - channel: The channel that it goes to; mail to a budget's recipient has none.
    ///   - created: When the message was made.
    /// - Returns: How that ended.
    /// - Throws: `CancellationError`: then nobody knows how it ended.
    package func deliver(
        _ id: String,
        telling alerts: [Alert],
        to destination: Destination,
        of channel: Channel?,
        created: Timestamp
    ) async throws -> DeliveryResult {
        do {
            switch destination.kind {
            case .email: return try await post(id, alerts, mailTo: destination.address, created: created)
            case .webhook, .slack:
                guard let channel else {
                    return .failed(message: "the channel was removed", isRetriable: false, isUncertain: false)
                }
                return try await post(id, alerts, to: channel)
            }
        } catch let error as OutboundError {
            return .failed(
                message: String(error.message.prefix(500)),
                isRetriable: error.isRetriable,
                isUncertain: error.code == .unknown || error.code == .timeout
            )
        }
    }

    private func post(
        _ id: String,
        _ alerts: [Alert],
        mailTo address: String,
        created: Timestamp
    ) async throws -> DeliveryResult {
        guard let mail else {
            return .failed(message: "no mail server is set", isRetriable: true, isUncertain: false)
        }
        guard let to = Mailbox(address) else {
            return .failed(message: "\(address) is no mail address", isRetriable: false, isUncertain: false)
        }
        let letter = AlertLetter(alerts, links: configuration.links)
        let message = MailMessage(
            from: from,
            to: to,
            subject: letter.subject,
            id: id,
            date: created,
            text: letter.text,
            html: letter.html
        )
        let receipt = try await mail.send(message.encode(), from: from.address, to: to.address)
        return .sent(answer: receipt.answer)
    }

    private func post(_ id: String, _ alerts: [Alert], to channel: Channel) async throws -> DeliveryResult {
        let now = clock.now
        let status: Int
        if channel.kind == .slack {
            let body = AlertPayloads.slack(alerts, links: configuration.links)
            status = try await web.post(body, to: channel.target, headers: [])
        } else {
            let body = AlertPayloads.webhook(alerts, at: now, links: configuration.links)
            let secret = SigningSecret(key: configuration.key, channel: channel.id)
            let signature = secret.signature(id: id, timestamp: now.seconds, body: body)
            let headers = [
                ("webhook-id", id), ("webhook-timestamp", "\(now.seconds)"), ("webhook-signature", signature),
            ]
            status = try await web.post(body, to: channel.target, headers: headers)
        }
        return .sent(answer: "HTTP \(status)")
    }
}
