using System.CommandLine;
using DnsFailover.Benchmarks;
using DnsFailover.Benchmarks.Functions;
using DnsFailover.Benchmarks.Outage;
using DnsFailover.Benchmarks.Scale;
using DnsFailover.Cli;
using DnsFailover.Configuration.Schema;

var provider = new Option<string>("--provider") { Description = "Where the name is", DefaultValueFactory = _ => "builtin" };
provider.AcceptOnlyFromAmong("builtin", "named");
var trials = new Option<int>("--trials") { Description = "How many switches are measured, 1 to 200", DefaultValueFactory = _ => 20 };
var json = new Option<bool>("--json") { Description = "Print JSON instead of a table" };

var switching = new Command("switch", "How long from the observation that makes an endpoint Down to the authoritative server answering the new value") { provider, trials, json };
switching.SetAction((parse, token) => SwitchBenchmark.RunAsync(parse.GetValue(provider)!, Math.Clamp(parse.GetValue(trials), 1, 200), parse.GetValue(json), Terminal.OfProcess(), token));
var outages = new Option<int>("--trials") { Description = "How many outages of each kind, 1 to 200", DefaultValueFactory = _ => 20 };
var fault = new Option<string?>("--fault") { Description = "Only this kind" };
fault.AcceptOnlyFromAmong("killed", "stopped", "black hole");
var figures = new Option<string?>("--json") { Description = "Where the figures go as JSON; - for the output" };
var failover = new Command("failover", "How long an outage lasts: from a fault to the builtin authoritative server answering the endpoint that works") { outages, fault, figures };
failover.SetAction((parse, token) => OutageBenchmark.RunAsync(Math.Clamp(parse.GetValue(outages), 1, 200), parse.GetValue(fault), parse.GetValue(figures), Terminal.OfProcess(), token));
var place = new Argument<string>("address");
var number = new Argument<int>("port");
var endpoint = new Command("endpoint", "What failover does things to") { place, number };
endpoint.Hidden = true;
endpoint.SetAction((parse, token) => EndpointProcess.ServeAsync(parse.GetValue(place)!, parse.GetValue(number), token));
var memory = new Command("memory", "How much memory an idle `run` with 10 endpoints takes") { json };
memory.SetAction((parse, token) => MemoryBenchmark.RunAsync(parse.GetValue(json), Terminal.OfProcess(), token));

var endpoints = new Option<int>("--endpoints") { Description = "How many endpoints are watched, 2 to 60000", DefaultValueFactory = _ => 1000 };
var perService = new Option<int>("--per-service") { Description = "So many endpoints serve one name, 1 to 1000", DefaultValueFactory = _ => 2 };
var interval = new Option<string>("--interval") { Description = "From one probe of an endpoint to the next", DefaultValueFactory = _ => "1s" };
var timeout = new Option<string>("--timeout") { Description = "After which a probe has failed", DefaultValueFactory = _ => "500ms" };
var seconds = new Option<int>("--seconds") { Description = "How long is measured, 1 to 3600", DefaultValueFactory = _ => 30 };
var https = new Option<bool>("--https") { Description = "HTTPS with a certificate that is validated, instead of HTTP" };
var tcp = new Option<bool>("--tcp") { Description = "A TCP connection instead of HTTP" };
var holes = new Option<int>("--black-holes") { Description = "How many of a hundred endpoints take no connection" };
var port = new Option<int?>("--port") { Description = "The port of a server that answers at every address of 127.0.0.0/8, instead of one that is started" };
var file = new Option<string?>("--json") { Description = "Where the figures go as JSON; - for the output" };
var scale = new Command("scale", "What the whole daemon takes to watch many endpoints, and whether it keeps its schedule") { endpoints, perService, interval, timeout, seconds, https, tcp, holes, port, file };
scale.SetAction((parse, token) => ScaleBenchmark.RunAsync(
    new ScaleOptions
    {
        Endpoints = Math.Clamp(parse.GetValue(endpoints), 2, 60_000),
        PerService = Math.Clamp(parse.GetValue(perService), 1, 1000),
        Interval = Duration(parse.GetValue(interval)!),
        Timeout = Duration(parse.GetValue(timeout)!),
        Duration = TimeSpan.FromSeconds(Math.Clamp(parse.GetValue(seconds), 1, 3600)),
        Check = parse.GetValue(https) ? "https" : parse.GetValue(tcp) ? "tcp" : "http",
        BlackHoles = Math.Clamp(parse.GetValue(holes), 0, 100),
        Port = parse.GetValue(port),
        Json = parse.GetValue(file),
    },
    Terminal.OfProcess(),
    token));
var certificate = new Option<string?>("--certificate") { Description = "With which it speaks TLS" };
var target = new Command("target", "What scale probes") { certificate };
target.Hidden = true;
target.SetAction((parse, token) => TargetProcess.ServeAsync(parse.GetValue(certificate), token));

return await new RootCommand("The figures of dnsfailover, measured on this machine; for figures worth quoting run it with -c Release") { failover, switching, memory, scale, FunctionsVerb.Command(), target, endpoint }.Parse(args).InvokeAsync();

static TimeSpan Duration(string text) => DurationText.TryParse(text, out var span) ? span : throw new BadInputException($"'{text}' is no duration such as 500ms or 1s");
