-- The load, and the figures as one line of JSON.
-- usage: wrk … --latency -s load.lua URL -- DEPTH BODY_BYTES
--   DEPTH       requests sent in one write (pipelining); 1 = none
--   BODY_BYTES  > 0: POST with a body of that size, else GET
function init(args)
  local depth, size = tonumber(args[1]), tonumber(args[2])
  if size > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("x", size)
    wrk.headers["Content-Type"] = "text/plain"
  end
  -- `request` stays undefined, so wrk keeps one constant request and never calls Lua under load.
  local requests = string.rep(wrk.format(), depth)
  wrk.format = function() return requests end
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    'FIGURES {"requests":%d,"microseconds":%d,"bytes":%d,' ..
    '"latency_us":{"mean":%.1f,"p50":%.1f,"p90":%.1f,"p99":%.1f,"max":%.1f},' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
    summary.requests, summary.duration, summary.bytes,
    latency.mean, latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max,
    e.connect, e.read, e.write, e.status, e.timeout))
end
