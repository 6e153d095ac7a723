extension FunctionLibrary {
    /// `trim`: KEYS: stream.
    ///
    /// ARGV: the groups it must have. Drops what all of them have acknowledged; nothing when one does not exist.
    /// Returns how many entries were dropped.
    ///
    /// `lag`: KEYS: stream. ARGV: group. Returns entries not delivered, entries pending, oldest pending id or nil,
    /// first id not delivered or nil, the time in ms, and for each consumer: name, pending, idle ms. Nil without the
    /// group.
    static let upkeep = """
        local function after(id)
          local ms, seq = string.match(id, '^(%d+)-(%d+)$')
          local number = tonumber(seq)
          if number >= 9007199254740991 then return id end
          return ms .. '-' .. string.format('%.0f', number + 1)
        end
        redis.register_function{function_name='\(name)_trim', flags={'allow-oom'}, callback=function(keys, args)
          local stream, keep = keys[1], nil
          for _, name in ipairs(args) do
            local group = group_of(stream, name)
            if not group then return 0 end
            local bound = after(field(group, 'last-delivered-id'))
            if field(group, 'pending') > 0 then bound = redis.call('XPENDING', stream, name)[2] end
            if not keep or is_before(bound, keep) then keep = bound end
          end
          if not keep then return 0 end
          return redis.call('XTRIM', stream, 'MINID', '=', keep)
        end}
        redis.register_function{function_name='\(name)_lag', flags={'no-writes'}, callback=function(keys, args)
          local call = redis.call
          local group = group_of(keys[1], args[1])
          if not group then return false end
          local last = field(group, 'last-delivered-id')
          local first = call('XRANGE', keys[1], '(' .. last, '+', 'COUNT', 1)[1]
          local behind = 0
          if first then
            -- Redis loses count after a deletion by hand.
            behind = field(group, 'lag') or #call('XRANGE', keys[1], '(' .. last, '+', 'COUNT', 100000)
          end
          local pending = field(group, 'pending')
          local oldest = false
          if pending > 0 then oldest = call('XPENDING', keys[1], args[1])[2] end
          local time = call('TIME')
          local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
          local consumers = {}
          for i, consumer in ipairs(call('XINFO', 'CONSUMERS', keys[1], args[1])) do
            consumers[i] = {field(consumer, 'name'), field(consumer, 'pending'), field(consumer, 'idle')}
          end
          return {behind, pending, oldest, first and first[1] or false, now, consumers}
        end}
        """
}
