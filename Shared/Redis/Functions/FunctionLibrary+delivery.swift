extension FunctionLibrary {
    /// KEYS: stream.
    ///
    /// ARGV: group, consumer, `after` (`-` or `(id`), limit, idle in ms (-1: only what the consumer holds itself),
    /// suspect after. Gives pending entries to the consumer anew. An entry delivered that often comes alone: the
    /// deliveries of others do not grow while it is tried. Returns the last id looked at (or nil) and the entries,
    /// each with id, fields and the number of deliveries.
    static let delivery = """
        redis.register_function{function_name='\(name)_reclaim', flags={'allow-oom'}, callback=function(keys, args)
          local call = redis.call
          local stream, group, consumer, idle = keys[1], args[1], args[2], tonumber(args[5])
          local found
          if idle < 0 then
            found = call('XPENDING', stream, group, args[3], '+', args[4], consumer)
            idle = 0
          else
            found = call('XPENDING', stream, group, 'IDLE', args[5], args[3], '+', args[4])
          end
          if #found == 0 then return {false, {}} end
          local suspect, ids, counts, last = tonumber(args[6]), {}, {}, nil
          for i, entry in ipairs(found) do
            if entry[4] >= suspect and i > 1 then break end
            ids[i], last = entry[1], entry[1]
            counts[last] = entry[4] + 1
            if entry[4] >= suspect then break end
          end
          local claimed = {'XCLAIM', stream, group, consumer, idle}
          for i = 1, #ids do claimed[5 + i] = ids[i] end
          local entries = call(unpack(claimed))
          for _, entry in ipairs(entries) do entry[3] = counts[entry[1]] end
          return {last, entries}
        end}
        """
}
