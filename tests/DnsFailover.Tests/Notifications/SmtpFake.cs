using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DnsFailover.Tests.Notifications;

/// <summary>A mail server on loopback: RFC 5321, with its limits on lines.</summary>
internal sealed class SmtpFake : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public SmtpFake()
    {
        _listener.Start();
        _running = Task.Run(ServeAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What was taken: the recipients, and the mail as it came.</summary>
    public ConcurrentQueue<(string To, string Mail)> Taken { get; } = [];

    /// <summary>Answers a command, by how it begins, in place of the usual answer.</summary>
    public ConcurrentDictionary<string, string> Instead { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a server that asks who it is.</summary>
    public bool WantsLogin { get; set; }

    /// <summary>What was logged in with, as it came.</summary>
    public string? Login { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            try
            {
                await TalkAsync(client);
            }
            catch (IOException)
            {
                continue; // the client has hung up
            }
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 fake ESMTP");
        var to = new List<string>();
        while (await reader.ReadLineAsync(_stopping.Token) is { } line)
        {
            if (Instead.FirstOrDefault(pair => line.StartsWith(pair.Key, StringComparison.OrdinalIgnoreCase)) is { Value: { } answer })
            {
                await writer.WriteLineAsync(answer);
            }
            else if (line.StartsWith("EHLO", StringComparison.Ordinal))
            {
                await writer.WriteLineAsync($"250-fake\r\n{(WantsLogin ? "250-AUTH PLAIN\r\n" : string.Empty)}250 SIZE 1000000");
            }
            else if (line.StartsWith("AUTH PLAIN ", StringComparison.Ordinal))
            {
                Login = Encoding.UTF8.GetString(Convert.FromBase64String(line["AUTH PLAIN ".Length..]));
                await writer.WriteLineAsync("235 2.7.0 welcome");
            }
            else if (line.StartsWith("RCPT TO:", StringComparison.Ordinal))
            {
                to.Add(line["RCPT TO:".Length..]);
                await writer.WriteLineAsync("250 2.1.5 ok");
            }
            else if (line == "DATA")
            {
                await writer.WriteLineAsync("354 go on");
                Taken.Enqueue((string.Join(' ', to), await MailAsync(reader)));
                await writer.WriteLineAsync("250 2.0.0 taken");
            }
            else if (line == "QUIT")
            {
                await writer.WriteLineAsync("221 2.0.0 bye");
                return;
            }
            else
            {
                await writer.WriteLineAsync(WantsLogin && Login is null && line.StartsWith("MAIL", StringComparison.Ordinal) ? "530 5.7.0 who are you? SECRET-REPLY" : "250 2.0.0 ok");
            }
        }
    }

    private async Task<string> MailAsync(StreamReader reader)
    {
        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(_stopping.Token) is { } line && line != ".")
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 998);
            mail.Append(line).Append('\n');
        }

        return mail.ToString();
    }
}
