extension FunctionLibrary {
    /// A rebuild adds the difference between the ledger and a counter, so that the counter goes on counting meanwhile.
    ///
    /// `begin_rebuild`: KEYS: epoch, stream, dead, mark, cuts, replayed, counters. ARGV: group; generation (0: only
    /// looks); of each counter its expiry. Makes counters that do not exist, names their rebuild, and returns at the same
    /// moment what they hold and what the group has still to apply to them: epoch, last delivered id, mark, ids pending,
    /// epoch and id of what it buried or is to do again, epoch and last id of earlier epochs, and of each counter micro,
    /// pico rest, events, unpriced. `BUSY` when more than 20,000 are pending or 100,000 dead.
    ///
    /// `attach`: KEYS: holds, counters. ARGV: cursor (0 to begin), about how many holds to look at. Has the counters that a
    /// rebuild has begun hold what living holds of their scope say that were made before they were. Returns the next
    /// cursor, 0 when all holds were looked at that lived from the first call to the last.
    ///
    /// `finish_rebuild`: KEYS: epoch, counters. ARGV: epoch, generation, of each counter the difference: micro, pico rest,
    /// events, unpriced, expiry. Adds it and marks the counter ready for the epoch. Returns 1 for each; 0 for one that
    /// another rebuild has taken over since, or that is gone.
    ///
    /// `caught_up`: KEYS: stream. ARGV: group, id, limit. Returns the entries up to the id that the group was given and has
    /// not acknowledged, at most so many; nil when it was not given all.
    ///
    /// `admit`: KEYS: register. ARGV: limit, now (ms), then name and expiry (ms, 0 for never) of counters. Notes them,
    /// at most so many that have not expired. Returns 1 or 0 for each.
    static let rebuilding = """
        local function still_to_do(keys, group, name)
          local call, pending, apart = redis.call, {}, {}
          local last = field(group, 'last-delivered-id')
          local is_pending = {}
          for i, entry in ipairs(call('XPENDING', keys[2], name, '-', '+', 20000)) do
            pending[i] = entry[1]
            is_pending[entry[1]] = true
          end
          for _, letter in ipairs(call('XRANGE', keys[3], '-', '+')) do
            local fields = letter[2]
            if field(fields, 'stage') == name and field(fields, 'stream') == 'usage:priced' then
              apart[#apart + 1] = field(fields, 'e') or '0'
              apart[#apart + 1] = field(fields, 'o') or field(fields, 'entry')
            end
          end
          -- What is replayed stands in the ledger under its first id.
          local replayed = call('HGETALL', keys[6])
          for i = 1, #replayed, 2 do
            if is_pending[replayed[i]] or is_before(last, replayed[i]) then
              local epoch, id = string.match(replayed[i + 1], '^(%S+) (%S+)$')
              apart[#apart + 1], apart[#apart + 2] = epoch, id
            else
              call('HDEL', keys[6], replayed[i])
            end
          end
          return last, pending, apart
        end
        redis.register_function{function_name='\(name)_begin_rebuild', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local epoch, group = life(keys[1]), group_of(keys[2], args[1])
          if not epoch or not group then return redis.error_reply('NOTPREPARED no epoch, or no group ' .. args[1]) end
          if field(group, 'pending') > 20000 or call('XLEN', keys[3]) > 100000 then
            return redis.error_reply('BUSY too many entries are pending or dead to rebuild a counter now')
          end
          local is_begun = begun(keys, 7, #keys)
          local last, pending, apart = still_to_do(keys, group, args[1])
          local levels = {}
          for c = 1, #is_begun do
            local key, expiry = keys[c + 6], args[c + 2]
            if args[2] ~= '0' then
              if not is_begun[c] then call('HSET', key, 'micro', 0, 'pico', 0, 'events', 0, 'unpriced', 0) end
              call('HSET', key, 'gen', args[2])
              if expiry ~= '0' then call('PEXPIREAT', key, expiry) else call('PERSIST', key) end
            end
            local v = call('HMGET', key, 'micro', 'pico', 'events', 'unpriced')
            levels[c] = {v[1] or '0', v[2] or '0', v[3] or '0', v[4] or '0'}
          end
          return {epoch, last, call('GET', keys[4]) or '0', pending, apart, call('HGETALL', keys[5]), levels}
        end}
        redis.register_function{function_name='\(name)_attach', flags={'allow-oom'}, callback=function(keys, args)
          local is_begun, counters = begun(keys, 2, #keys), {}
          for k = 2, #keys do
            if is_begun[k - 1] then counters[#counters + 1] = keys[k] end
          end
          if #counters == 0 then return '0' end
          local page, ids = redis.call('ZSCAN', keys[1], args[1], 'COUNT', args[2]), {}
          for i = 1, #page[2], 2 do ids[#ids + 1] = page[2][i] end
          attach_holds(tag_of(keys[1]), ids, by_scope(counters))
          return page[1]
        end}
        redis.register_function{function_name='\(name)_finish_rebuild', flags={'allow-oom'}, callback=function(keys, args)
          if life(keys[1]) ~= args[1] then return redis.error_reply('NOTPREPARED the epoch is over') end
          begun(keys, 2, #keys)
          local results, a = {}, 3
          for k = 2, #keys do
            results[k - 1] = 0
            if redis.call('HGET', keys[k], 'gen') == args[2] then
              add(keys[k], args[a], args[a + 1], args[a + 2], args[a + 3], args[a + 4])
              -- A finished rebuild cannot be finished again.
              redis.call('HSET', keys[k], 'ready', args[1], 'gen', 0)
              results[k - 1] = 1
            end
            a = a + 5
          end
          return results
        end}
        redis.register_function{function_name='\(name)_caught_up', flags={'no-writes'}, callback=function(keys, args)
          local group, ids = group_of(keys[1], args[1]), {}
          if not group or is_before(field(group, 'last-delivered-id'), args[2]) then return false end
          for i, entry in ipairs(redis.call('XPENDING', keys[1], args[1], '-', args[2], args[3])) do ids[i] = entry[1] end
          return ids
        end}
        redis.register_function{function_name='\(name)_admit', flags={'allow-oom'}, callback=function(keys, args)
          local call, results = redis.call, {}
          call('ZREMRANGEBYSCORE', keys[1], '-inf', args[2])
          local known = call('ZCARD', keys[1])
          for a = 3, #args, 2 do
            local i = (a - 1) / 2
            results[i] = 1
            if not call('ZSCORE', keys[1], args[a]) then
              if known >= tonumber(args[1]) then
                results[i] = 0
              else
                call('ZADD', keys[1], args[a + 1] == '0' and 'inf' or args[a + 1], args[a])
                known = known + 1
              end
            end
          end
          return results
        end}
        """
}
