using DnsFailover.Cli;

return await CommandLine.RunAsync(args, Terminal.OfProcess(), CancellationToken.None);
