namespace DnsFailover.Dns;

/// <summary>Why there is no reply that can be used.</summary>
internal enum DnsFailure
{
    /// <summary>Nothing came in time, or the connection ended first.</summary>
    NoReply,

    /// <summary>The server cannot be reached: connection refused, no route.</summary>
    Unreachable,

    /// <summary>What came is not a DNS message, or does not answer the request.</summary>
    InvalidReply,

    /// <summary>The reply is not signed, or not with our key, so that anybody may have sent it.</summary>
    UnsignedReply,

    /// <summary>The server did not accept our signature.</summary>
    SignatureRefused,

    /// <summary>The key of the configuration is none.</summary>
    UnusableKey,
}

/// <summary>The one way an exchange with a server fails. The message is a sentence for people, without a secret.</summary>
internal sealed class DnsClientException : Exception
{
    /// <summary>A failure with its meaning.</summary>
    public DnsClientException(DnsFailure failure, string message, bool requestSent = false, Exception? cause = null)
        : base(message, cause) => (Failure, RequestSent) = (failure, requestSent);

    /// <summary>What went wrong.</summary>
    public DnsFailure Failure { get; }

    /// <summary>What the server did not like about our signature; none where that is not the failure.</summary>
    public TsigError SignatureError { get; init; }

    /// <summary>True when the server may have received the request and acted on it.</summary>
    public bool RequestSent { get; }
}
