using DnsFailover.Simulation;

// What the test runner is called with is the test runner's; what is asked for here is one of a handful of words.
return args switch
{
    ["--seeds", var count, .. var more] => Commands.Seeds(int.Parse(count), more is ["--from", var from, ..] ? int.Parse(from) : 1),
    ["--seed", var seed, .. var more] => Commands.Seed(int.Parse(seed), more.Contains("--trace", StringComparer.Ordinal), more.Contains("--whole", StringComparer.Ordinal)),
    ["--mutants", .. var more] => Commands.Mutants(more is [var number, ..] ? int.Parse(number) : 2000, more is [_, var only, ..] ? only : string.Empty),
    ["--benchmark", ..] => Commands.Benchmark(),
    _ => await Commands.TestsAsync(args),
};
