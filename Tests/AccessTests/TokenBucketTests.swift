import Access
import Testing

@Suite struct TokenBucketTests {
    let limit = RateLimit(perSecond: 10, burst: 5)

    @Test func `lets a burst through and then asks to wait for the next token`() {
        var bucket = TokenBucket()
        for _ in 0..<5 {
            #expect(bucket.take(limit, at: .seconds(1)) == nil)
        }
        #expect(bucket.take(limit, at: .seconds(1)) == .milliseconds(100))
        #expect(bucket.take(limit, at: .milliseconds(1099)) == .milliseconds(1))
        #expect(bucket.take(limit, at: .milliseconds(1100)) == nil)
        #expect(bucket.take(limit, at: .milliseconds(1100)) == .milliseconds(100))
    }

    @Test func `lets the long-run rate through and no more`() {
        var bucket = TokenBucket()
        var passed = 0
        for millisecond in 0..<10_000 where bucket.take(limit, at: .milliseconds(millisecond)) == nil {
            passed += 1
        }
        #expect((100...106).contains(passed))
    }

    @Test func `does not save up more than the burst`() {
        var bucket = TokenBucket()
        #expect(bucket.take(limit, at: .seconds(1)) == nil)
        var passed = 0
        for _ in 0..<100 where bucket.take(limit, at: .seconds(100_000)) == nil {
            passed += 1
        }
        #expect(passed == 5)
    }

    @Test func `survives a clock that goes back`() {
        var bucket = TokenBucket()
        #expect(bucket.take(limit, at: .seconds(100)) == nil)
        #expect(bucket.take(limit, at: .seconds(99)) != nil)
        #expect(bucket.take(limit, at: .seconds(101)) == nil)
    }
}
