using System.Security.Cryptography;
using System.Text;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace DnsFailover.Notifications;

/// <summary>
/// Sends mail. The mails of an incident refer to one another, so that mail programs show them as one conversation, and a
/// mail that is sent again has the same Message-ID, so that many of them show it once.
/// </summary>
internal sealed class EmailNotifier(EmailChannel definition, PageLinks links) : INotificationChannel
{
    private const int SubjectLimit = 200;
    private const int TextLimit = 20_000;
    private const int LineLimit = 500;

    /// <inheritdoc/>
    public string Name => definition.Name;

    /// <inheritdoc/>
    public TimeSpan Pace => TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public bool TakesDigests => true;

    private string Setting => $"notifications.{Name}";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        var alert = item.Alert;
        var ways = string.Concat(links.Of(alert).Select(link => $"\n  {link.Text}: {link.Address}"));
        var mail = Mail(alert.Title, $"{AlertFacts.Escape(AlertText.Full(alert), TextLimit, special: string.Empty)}{ways}\n\n{AlertFacts.Footer(alert, item.Id)}\n", $"{item.Id}.{Name}");
        mail.Priority = alert.Severity() >= AlertSeverity.Error ? MessagePriority.Urgent : MessagePriority.Normal;
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        if (alert.Incident is { } incident)
        {
            mail.References.Add(Id($"incident.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(incident.Id)).AsSpan(0, 12))}"));
        }

        await PostAsync(mail, cancellationToken);
        return null;
    }

    /// <inheritdoc/>
    public Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) => PostAsync(
        Mail($"{items.Count} alerts that waited", $"{string.Join('\n', items.Select(item => AlertFacts.Escape(AlertText.OneLine(item.Alert), LineLimit, special: string.Empty)))}\n", $"{items[0].Id}-{items[^1].Id}.{Name}"),
        cancellationToken);

    private MimeMessage Mail(string subject, string text, string id)
    {
        var mail = new MimeMessage { Subject = AlertFacts.Escape(subject.ReplaceLineEndings(" "), SubjectLimit, special: string.Empty), MessageId = Id(id), Body = new TextPart("plain") { Text = text } };
        mail.From.Add(new MailboxAddress("dnsfailover", definition.From));
        mail.To.AddRange(definition.To.Select(to => new MailboxAddress(string.Empty, to)));
        return mail;
    }

    private string Id(string what) => $"{what}@{definition.From[(definition.From.LastIndexOf('@') + 1)..]}";

    private async Task PostAsync(MimeMessage mail, CancellationToken cancellationToken)
    {
        // Revocation is not asked for, as with every other certificate that the daemon looks at: it would need one more network to work.
        using var smtp = new SmtpClient { CheckCertificateRevocation = false };
        try
        {
            await smtp.ConnectAsync(definition.Host, definition.Port, Security, cancellationToken);
            if (definition is { User: { } user, Password: { } password })
            {
                await smtp.AuthenticateAsync(user, password.Reveal(), cancellationToken);
            }

            await smtp.SendAsync(mail, cancellationToken);
        }
        catch (SecretUnavailableException error)
        {
            throw new DeliveryException(DeliveryFailure.Misconfigured, $"{error.Message}; needed for {Setting}.password");
        }
        catch (Exception error) when (error is SmtpCommandException or ProtocolException or AuthenticationException or SslHandshakeException or NotSupportedException or IOException or System.Net.Sockets.SocketException or ServiceNotAuthenticatedException)
        {
            throw Failure(error);
        }

        await GoodbyeAsync(smtp, cancellationToken);
    }

    private SecureSocketOptions Security => definition.Security switch
    {
        MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        MailSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    // The mail is taken; a server that does not say goodbye changes nothing of that.
    private static async Task GoodbyeAsync(SmtpClient smtp, CancellationToken cancellationToken)
    {
        try
        {
            await smtp.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception error) when (error is IOException or ProtocolException or SmtpCommandException or OperationCanceledException)
        {
            return;
        }
    }

    // Never in the server's own words, which may repeat what it was sent.
    private DeliveryException Failure(Exception error) => error switch
    {
        AuthenticationException => new(DeliveryFailure.Misconfigured, $"the mail server does not take the user and password: correct {Setting}"),
        ServiceNotAuthenticatedException => new(DeliveryFailure.Misconfigured, $"the mail server wants a user and password: add them to {Setting}"),
        SslHandshakeException => new(DeliveryFailure.Misconfigured, $"the TLS handshake with the mail server failed: its certificate is not trusted, or {Setting}.port is not one for security: {Word(definition.Security)}"),
        NotSupportedException => new(DeliveryFailure.Misconfigured, $"the mail server does not offer what {Setting} asks for (security: {Word(definition.Security)}{(definition.User is null ? string.Empty : ", a login")}): correct it"),
        SmtpCommandException { StatusCode: var status } when (int)status is >= 400 and < 500 => new(DeliveryFailure.Transient, $"the mail server answered {(int)status}"),
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted, StatusCode: var status } => new(DeliveryFailure.Misconfigured, $"the mail server answered {(int)status} to the sender: correct {Setting}.from"),
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted, StatusCode: var status } => new(DeliveryFailure.Misconfigured, $"the mail server answered {(int)status} to a recipient: correct {Setting}.to"),
        SmtpCommandException { StatusCode: var status } => new(DeliveryFailure.Refused, $"the mail server refused the mail with {(int)status}"),
        System.Net.Sockets.SocketException socket => new(DeliveryFailure.Transient, $"no connection to the mail server ({socket.SocketErrorCode})"),
        _ => new(DeliveryFailure.Transient, "the connection to the mail server broke"),
    };

    private static string Word(MailSecurity security) => Core.Text.Of(security);
}
