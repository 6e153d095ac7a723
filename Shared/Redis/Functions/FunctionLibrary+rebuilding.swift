extension FunctionLibrary {
    /// `begin_rebuild`: KEYS: stream, dead, mark, counter.
    ///
    /// ARGV: group, generation, expiry. Sets the counter to zero in a new generation and returns what the group has
    /// still to apply to it: its last delivered id, the mark, the ids pending, and epoch and id of what it buried.
    /// At most 100,000 of each, else `BUSY`.
    ///
    /// `finish_rebuild`: KEYS: counter. ARGV: generation, micro, pico rest, events, unpriced, expiry. Adds the ledger's
    /// sum and marks the counter ready; 0 when another rebuild has begun since, or this one had ended.
    static let rebuilding = """
        local function field(flat, name)
          for i = 1, #flat, 2 do
            if flat[i] == name then return flat[i + 1] end
          end
        end
        local function group_of(stream, name)
          if redis.call('EXISTS', stream) == 0 then return nil end
          for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
            if field(group, 'name') == name then return group end
          end
        end
        redis.register_function{function_name='\(name)_begin_rebuild', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local group = group_of(keys[1], args[1])
          if not group then return redis.error_reply('NOTPREPARED the stream has no group ' .. args[1]) end
          if field(group, 'pending') > 100000 or call('XLEN', keys[2]) > 100000 then
            return redis.error_reply('BUSY too many entries are pending or dead to rebuild a counter now')
          end
          local pending = {}
          for i, entry in ipairs(call('XPENDING', keys[1], args[1], '-', '+', 100000)) do pending[i] = entry[1] end
          local buried = {}
          for _, letter in ipairs(call('XRANGE', keys[2], '-', '+')) do
            local fields = letter[2]
            if field(fields, 'stage') == args[1] then
              buried[#buried + 1] = field(fields, 'e') or '0'
              buried[#buried + 1] = field(fields, 'entry')
            end
          end
          call('DEL', keys[4])
          call('HSET', keys[4], 'gen', args[2], 'ready', 0, 'micro', 0, 'pico', 0, 'events', 0, 'unpriced', 0)
          if args[3] ~= '0' then call('PEXPIREAT', keys[4], args[3]) end
          return {field(group, 'last-delivered-id'), call('GET', keys[3]) or '0', pending, buried}
        end}
        redis.register_function{function_name='\(name)_finish_rebuild', flags={'allow-oom'}, callback=function(keys, args)
          local state = redis.call('HMGET', keys[1], 'gen', 'ready')
          if state[1] ~= args[1] or state[2] ~= '0' then return 0 end
          add(keys[1], args[2], args[3], args[4], args[5], args[6])
          redis.call('HSET', keys[1], 'ready', 1)
          return 1
        end}
        """
}
