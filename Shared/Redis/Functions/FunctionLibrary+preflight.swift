extension FunctionLibrary {
    /// `preflight`: KEYS: version of budgets, epoch, counters, each once.
    ///
    /// ARGV: requests one after the other: the caller's version of budgets; workspace; the new hold's id (empty: only asks),
    /// its TTL in ms, micro-dollars and pico rest; key of the idempotency and digest of the body (empty for none); a note; the
    /// scopes of the call, type and value joined by U+001F, one a line; how many counters; then of each: its place among the
    /// counters from 1, limit in micro-dollars (empty for none) and pico rest, expiry (ms, 0 for none).
    ///
    /// Requests are decided one after the other, each by what those before it hold, and written together: what many calls
    /// of a moment have in common is read and written once.
    ///
    /// Returns the levels of the counters before all requests, one text of five numbers for each: micro, pico, held micro,
    /// held pico, and 1 when it is ready (all 0 for one that cannot be read); then for each request a word and what belongs to
    /// it: `stale`, `conflict`, `not_ready`; `broken` and why; `deny` and for each of its counters when the first hold on it
    /// ends (ms, 0 for unknown); `allow` and expiry (0 without a hold); `known`, expiry (0 for a committed hold), id, micro,
    /// pico rest and note of the hold that the same request got before.
    ///
    /// Limits are below 2^53 (9 × 10⁹ USD), and subtracted from one by one, so that what fits is told exactly. Sums beyond are
    /// full, whatever else.
    static let preflight = """
        local function first_ends(tag, uses)
          local ends = {}
          for u = 1, #uses do ends[u] = 0 end
          local first = redis.call('ZRANGE', 'holds:' .. tag, 0, 15, 'WITHSCORES')
          for i = 1, #first, 2 do
            local expiry = tonumber(first[i + 1])
            if not expiry or expiry == math.huge then break end
            local hold = read_hold(tag, first[i], {'c'}, {})
            local counters = '\\n' .. (hold and hold[1] or '') .. '\\n'
            for u, use in ipairs(uses) do
              if use.is_full and ends[u] == 0 and string.find(counters, '\\n' .. use.counter.key .. '\\n', 1, true) then
                ends[u] = expiry
              end
            end
          end
          return ends
        end
        -- The hold that lives under a key of idempotency.
        local function earlier_hold(tag, idempotency)
          local previous = redis.pcall('GET', idempotency)
          if type(previous) ~= 'string' then return nil end
          local digest, id = string.match(previous, '^(%S*) (.*)$')
          if not id then return nil end
          local hold = read_hold(tag, id, {'s', 'x', 'm', 'p', 'k'}, {[2] = 1, [3] = 1, [4] = 1})
          if not hold or (hold[1] ~= 'committed' and (hold[1] ~= 'open' or tonumber(hold[2]) <= now_ms())) then
            return nil
          end
          return {digest = digest, answer = {'known', hold[1] == 'open' and tonumber(hold[2]) or 0, id, hold[3], hold[4], hold[5]}}
        end
        -- As `whole`; what is beyond it, as only sums of very many events are, is as much as `most`: more than any limit.
        local most = 9007199254740992
        local function at_most(text)
          local number = whole(text)
          if number or not string.match(text, '^%d+$') then return number end
          return tonumber(text) <= 9.2e18 and most or nil
        end
        local function read_counters(keys, epoch)
          local counters, levels = {}, {}
          for c = 1, #keys - 2 do
            local key = keys[c + 2]
            -- pcall: a key that somebody made something else of must not stop calls that do not need it.
            local v = redis.pcall('HMGET', key, 'micro', 'pico', 'hm', 'hp', 'ready', 'hl')
            local counter = {key = key, broken = v.err}
            if not v.err then
              counter.micro, counter.pico = at_most(v[1]), whole(v[2])
              counter.held, counter.rest = at_most(v[3]), whole(v[4])
              counter.is_ready, counter.life = epoch and v[5] == epoch, v[6]
              if not (counter.micro and counter.pico and counter.held and counter.rest) then
                counter.broken = 'ERR a counter holds what is no number'
              end
            end
            if counter.broken then
              levels[c] = '0 0 0 0 0'
            else
              levels[c] = (v[1] or '0') .. ' ' .. (v[2] or '0') .. ' ' .. (v[3] or '0') .. ' ' .. (v[4] or '0')
                .. (counter.is_ready and ' 1' or ' 0')
            end
            counters[c] = counter
          end
          return counters, table.concat(levels, ' ')
        end
        local function read_requests(args, counters)
          local requests, a = {}, 1
          while args[a] do
            local request = {
              version = tonumber(args[a]), workspace = args[a + 1], id = args[a + 2], ttl = tonumber(args[a + 3]),
              micro = tonumber(args[a + 4]), pico = tonumber(args[a + 5]), idempotency = args[a + 6], digest = args[a + 7],
              note = args[a + 8], scopes = args[a + 9], uses = {}
            }
            local count = tonumber(args[a + 10])
            a = a + 11
            for u = 1, count do
              request.uses[u] = {
                counter = counters[tonumber(args[a])], limit = tonumber(args[a + 1]), limit_rest = tonumber(args[a + 2]),
                expiry = args[a + 3]
              }
              a = a + 4
            end
            requests[#requests + 1] = request
          end
          return requests
        end
        -- Whether a counter can hold an amount and still be told from its neighbours.
        local function can_hold(counter, micro)
          return not counter.broken and counter.held + micro < most - 1000
        end
        -- Says `fits`, or why not. One counter without room is reason enough, whatever the others are; those without a
        -- limit are none.
        local function weigh(request)
          local is_full, broken, is_open = false, nil, false
          for _, use in ipairs(request.uses) do
            local counter = use.counter
            if use.limit then
              if counter.broken then
                broken = counter.broken
              elseif not counter.is_ready then
                is_open = true
              else
                local rest = use.limit_rest - counter.pico - counter.rest - request.pico
                local left = use.limit - counter.micro - counter.held - request.micro
                use.is_full = left + math.floor(rest / 1000000) < 0 or not can_hold(counter, request.micro)
                is_full = is_full or use.is_full
              end
            end
          end
          if is_full then return 'deny' end
          if broken then return 'broken', broken end
          return is_open and 'not_ready' or 'fits'
        end
        -- Has the counters of a request hold its amount, here; `write` tells Redis. One without a limit that cannot is
        -- left out.
        local function take(request, now)
          local names, lives = {}, {}
          for _, use in ipairs(request.uses) do
            local counter = use.counter
            if can_hold(counter, request.micro) then
              counter.held, counter.rest = counter.held + request.micro, counter.rest + request.pico
              if counter.rest >= 1000000 then counter.held, counter.rest = counter.held + 1, counter.rest - 1000000 end
              if not counter.life then counter.life, counter.is_new = request.id, true end
              if not counter.is_ready and use.expiry ~= '0' then counter.expiry = use.expiry end
              counter.is_changed = true
              names[#names + 1], lives[#lives + 1] = counter.key, counter.life
            end
          end
          request.expiry = now + request.ttl
          request.names, request.lives = table.concat(names, '\\n'), table.concat(lives, '\\n')
        end
        local function write(tag, counters, taken, now)
          local call = redis.call
          for _, counter in ipairs(counters) do
            if counter.is_changed then
              -- One command for each counter: each is written to the file of Redis by itself.
              if counter.is_new then
                call('HSET', counter.key, 'hm', counter.held, 'hp', counter.rest, 'hl', counter.life)
              else
                call('HSET', counter.key, 'hm', counter.held, 'hp', counter.rest)
              end
              if counter.expiry then call('PEXPIREAT', counter.key, counter.expiry) end
            end
          end
          local ends = {}
          for _, request in ipairs(taken) do
            call('HSET', hold_key(tag, request.id), 's', 'open', 'w', request.workspace, 'm', request.micro, 'p', request.pico,
              'x', request.expiry, 't', now, 'c', request.names, 'l', request.lives, 'i', request.idempotency,
              'k', request.note, 'd', request.scopes)
            ends[#ends + 1], ends[#ends + 2] = request.expiry, request.id
            if request.idempotency ~= '' then call('SET', request.idempotency, request.digest .. ' ' .. request.id) end
          end
          in_parts('ZADD', 'holds:' .. tag, ends)
        end
        redis.register_function('\(name)_preflight', function(keys, args)
          local tag, now = tag_of(keys[1]), now_ms()
          local version = tonumber(redis.call('GET', keys[1]) or '0')
          local counters, levels = read_counters(keys, life(keys[2]))
          local answers, taken, known = {levels}, {}, {}
          for _, request in ipairs(read_requests(args, counters)) do
            local key, answer = request.idempotency, nil
            if request.version < version then
              answer = {'stale'}
            elseif key ~= '' then
              known[key] = known[key] or earlier_hold(tag, key)
              if known[key] then answer = known[key].digest == request.digest and known[key].answer or {'conflict'} end
            end
            if not answer then
              local word, reason = weigh(request)
              if word == 'deny' then
                answer = {'deny', first_ends(tag, request.uses)}
              elseif word ~= 'fits' then
                answer = {word, reason}
              elseif request.id == '' then
                answer = {'allow', 0}
              else
                take(request, now)
                taken[#taken + 1] = request
                answer = {'allow', request.expiry}
                if key ~= '' then
                  known[key] = {digest = request.digest, answer = {
                    'known', request.expiry, request.id, request.micro, request.pico, request.note}}
                end
              end
            end
            answers[#answers + 1] = answer
          end
          write(tag, counters, taken, now)
          return answers
        end)
        """
}
