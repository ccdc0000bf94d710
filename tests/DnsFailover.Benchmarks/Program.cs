using System.CommandLine;
using DnsFailover.Benchmarks;
using DnsFailover.Cli;

var provider = new Option<string>("--provider") { Description = "Where the name is", DefaultValueFactory = _ => "builtin" };
provider.AcceptOnlyFromAmong("builtin", "named");
var trials = new Option<int>("--trials") { Description = "How many switches are measured, 1 to 200", DefaultValueFactory = _ => 20 };
var json = new Option<bool>("--json") { Description = "Print JSON instead of a table" };

var failover = new Command("failover", "How long from the observation that makes an endpoint Down to the authoritative server answering the new value") { provider, trials, json };
failover.SetAction((parse, token) => FailoverBenchmark.RunAsync(parse.GetValue(provider)!, Math.Clamp(parse.GetValue(trials), 1, 200), parse.GetValue(json), Terminal.OfProcess(), token));
var memory = new Command("memory", "How much memory an idle `run` with 10 endpoints takes") { json };
memory.SetAction((parse, token) => MemoryBenchmark.RunAsync(parse.GetValue(json), Terminal.OfProcess(), token));

return await new RootCommand("The figures of dnsfailover, measured on this machine; for figures worth quoting run it with -c Release") { failover, memory }.Parse(args).InvokeAsync();
