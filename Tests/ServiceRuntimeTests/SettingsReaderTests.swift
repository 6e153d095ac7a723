import Configuration
import ServiceRuntime
import Testing

@Suite struct SettingsReaderTests {
    @Test func `reads the environment under the prefix OLIVER`() async {
        let reader = await SettingsReader.load(environment: ["OLIVER_REDIS_POOL_SIZE": "7", "REDIS_POOL_SIZE": "9"])
        #expect(reader.int("redis.poolSize", default: 1, in: 1...64) == 7)
        #expect(reader.scoped(to: "redis").int("poolSize", default: 1, in: 1...64) == 7)
        #expect(reader.problems.isEmpty)
    }

    @Test func `takes the environment before the file and the file before the default`() async throws {
        let file = try TemporaryFile(#"{"port": 1234, "redis": {"url": "redis://file", "tls": true}}"#)
        defer { file.remove() }
        let reader = await SettingsReader.load(environment: ["OLIVER_REDIS_URL": "redis://env"], file: file.path)
        #expect(reader.string("redis.url") == "redis://env")
        #expect(reader.int("port", default: 1, in: 0...65535) == 1234)
        #expect(reader.bool("redis.tls", default: false))
        #expect(reader.string("nothing", default: "fallback") == "fallback")
        #expect(reader.problems.isEmpty)
    }

    @Test func `notes every bad value under its variable and goes on with the default`() {
        let reader = SettingsReader(values: ["a.port": "99999", "a.wait": "5 years", "a.size": "4TB", "a.on": "maybe"])
        let scoped = reader.scoped(to: "a")
        #expect(scoped.int("port", default: 80, in: 0...65535) == 80)
        #expect(scoped.duration("wait", default: .seconds(1), in: .zero ... .seconds(10)) == .seconds(1))
        #expect(scoped.bytes("size", default: 5, in: 0...10) == 5)
        #expect(scoped.bool("on", default: true))
        #expect(reader.problems.map(\.setting) == ["OLIVER_A_PORT", "OLIVER_A_WAIT", "OLIVER_A_SIZE", "OLIVER_A_ON"])
    }

    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("10s", .seconds(10)), ("10", .seconds(10)), ("5m", .seconds(300)),
        ("24h", .seconds(86400)), ("7d", .seconds(604800)),
    ])
    func `reads durations with their units`(text: String, expected: Duration) {
        let reader = SettingsReader(values: ["x": text])
        #expect(reader.duration("x", default: .zero, in: .zero ... .seconds(1_000_000)) == expected)
        #expect(reader.problems.isEmpty)
    }

    @Test(arguments: ["", "s", "-1s", "1.5s", "1 parsec", "99999999999999999999s"])
    func `refuses what is no duration`(text: String) {
        let reader = SettingsReader(values: ["x": text])
        #expect(reader.duration("x", default: .seconds(3), in: .zero ... .seconds(1_000_000)) == .seconds(3))
        // An empty value counts as not set.
        #expect(reader.problems.isEmpty == text.isEmpty)
    }

    @Test func `reads a secret from a file and cuts its line break`() throws {
        let file = try TemporaryFile("s3cret\n")
        defer { file.remove() }
        let reader = SettingsReader(values: ["db.passwordFile": file.path])
        #expect(reader.secret("db.password") == "s3cret")
        #expect(reader.problems.isEmpty)
    }

    @Test func `refuses a secret given twice and a secret file that is missing`() {
        let reader = SettingsReader(values: ["a": "x", "aFile": "/nonexistent", "bFile": "/nonexistent"])
        #expect(reader.secret("a") == "x")
        #expect(reader.secret("b") == nil)
        #expect(reader.problems.map(\.setting) == ["OLIVER_A", "OLIVER_B_FILE"])
        #expect(!reader.problems.contains { $0.message.contains("x\"") })
    }

    @Test func `says so when the file of settings is missing or no JSON`() async throws {
        let missing = await SettingsReader.load(environment: [:], file: "/nonexistent.json")
        #expect(missing.problems.map(\.setting) == ["OLIVER_CONFIG"])
        let file = try TemporaryFile("{")
        defer { file.remove() }
        let broken = await SettingsReader.load(environment: [:], file: file.path)
        #expect(broken.problems.map(\.setting) == ["OLIVER_CONFIG"])
    }

    @Test func `common settings have defaults that are valid`() {
        let reader = SettingsReader(values: [:])
        let common = CommonConfiguration(reader: reader, defaultPort: 8081)
        #expect(common.port == 8081)
        #expect(common.partitions == 16)
        #expect(common.validate().isEmpty)
        #expect(reader.problems.isEmpty)
    }

    @Test func `common settings report all their problems at once`() {
        let reader = SettingsReader(values: [
            "redis.url": "rediss://host", "postgres.url": "mysql://host", "instance": "a b", "log.level": "loud",
        ])
        let common = CommonConfiguration(reader: reader)
        let problems = reader.problems + common.validate()
        #expect(
            problems.map(\.setting)
                == ["OLIVER_LOG_LEVEL", "OLIVER_REDIS_URL", "OLIVER_POSTGRES_URL", "OLIVER_INSTANCE"]
        )
    }
}
