@testable import Alerts
import Outbound
import ServiceRuntime
import Testing

@Suite struct SettingsTests {
    private func problems(_ values: [String: String]) -> [String] {
        let reader = SettingsReader(values: values)
        let settings = AlertsConfiguration(reader: reader.scoped(to: "alerts"))
        return (reader.problems + settings.validate()).map(\.setting)
    }

    @Test func `the defaults are valid, and say that mail is off`() {
        #expect(problems([:]).isEmpty)
        #expect(AlertsConfiguration().remarks.count == 1)
    }

    @Test func `every problem is named by its variable, and no secret is told`() {
        let values = [
            "alerts.smtpURL": "smtp://user:secret@host:99999", "alerts.from": "nobody", "alerts.publicURL": "oliver",
            "alerts.key": "short", "alerts.interval": "0s",
        ]
        #expect(
            problems(values).sorted() == [
                "OLIVER_ALERTS_FROM", "OLIVER_ALERTS_INTERVAL", "OLIVER_ALERTS_KEY", "OLIVER_ALERTS_PUBLIC_URL",
                "OLIVER_ALERTS_SMTP_URL",
            ]
        )
        let reader = SettingsReader(values: values)
        _ = AlertsConfiguration(reader: reader.scoped(to: "alerts"))
        #expect(!reader.problems.contains { $0.message.contains("secret") })
    }

    @Test func `a password may stand by itself`() {
        let reader = SettingsReader(values: [
            "alerts.smtpURL": "smtp://user@host", "alerts.smtpPassword": "p", "alerts.smtpSecurity": "off",
        ])
        let settings = AlertsConfiguration(reader: reader.scoped(to: "alerts"))
        #expect(settings.smtp?.password == "p" && settings.remarks.isEmpty)
        #expect(settings.validate().map(\.setting) == ["OLIVER_ALERTS_SMTP_SECURITY"])
    }
}
