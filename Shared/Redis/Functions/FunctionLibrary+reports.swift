extension FunctionLibrary {
    /// `report`: KEYS: waiting, due, then one id key per item.
    ///
    /// ARGV: bound, window in ms, then digest, payload and rank of each item. Keeps the richest report on each event until
    /// its window ends. Returns 1 (the first on its event), 0 (known, or it took the place of a poorer one) or -1 (another
    /// tells as much or more, or the event is in the stream) for each; `BACKLOG` before anything is kept.
    ///
    /// `settle`: KEYS: raw, priced, waiting, due. ARGV: bound, lifetime in ms, limit. Claims the events whose window has
    /// ended, each with its entry, and returns how many ids it has dealt with. The id keys come from `due`: they have the
    /// partition's hash tag.
    static let reports = """
        local function milliseconds()
          local time = redis.call('TIME')
          return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        end
        redis.register_function('\(name)_report', function(keys, args)
          local call = redis.call
          local waiting, due = keys[1], keys[2]
          if call('HLEN', waiting) >= tonumber(args[1]) then
            return redis.error_reply('BACKLOG ' .. args[1] .. ' reports wait')
          end
          local at = milliseconds() + tonumber(args[2])
          local results, a = {}, 3
          for i = 3, #keys do
            local id, digest, rank = keys[i], args[a], tonumber(args[a + 2])
            local known = call('GET', id)
            local held = not known and call('HGET', waiting, id)
            local other = held and cmsgpack.unpack(held)
            if known then
              results[i - 2] = known == digest and 0 or -1
            elseif other and other[1] == digest then
              results[i - 2] = 0
            elseif other and other[2] >= rank then
              results[i - 2] = -1
            else
              call('HSET', waiting, id, cmsgpack.pack({digest, rank, args[a + 1]}))
              if not other then call('ZADD', due, at, id) end
              results[i - 2] = other and 0 or 1
            end
            a = a + 3
          end
          return results
        end)
        redis.register_function('\(name)_settle', function(keys, args)
          local call = redis.call
          local raw, priced, waiting, due, bound = keys[1], keys[2], keys[3], keys[4], tonumber(args[1])
          local count = 0
          for _, id in ipairs(call('ZRANGEBYSCORE', due, '-inf', milliseconds(), 'LIMIT', 0, args[3])) do
            if call('XLEN', raw) >= bound or call('XLEN', priced) >= bound then break end
            local held = call('HGET', waiting, id)
            local report = held and cmsgpack.unpack(held)
            if report and not call('SET', id, report[1], 'NX', 'GET', 'PX', args[2]) then
              call('XADD', raw, '*', 'p', report[3])
            end
            call('HDEL', waiting, id)
            call('ZREM', due, id)
            count = count + 1
          end
          return count
        end)
        """
}
