namespace DnsFailover.Dns;

/// <summary>The kinds of record that are named somewhere in the daemon; every other number is carried as it is.</summary>
internal enum DnsType : ushort
{
    /// <summary>No type: the "type covered" of nothing.</summary>
    None = 0,

    /// <summary>An IPv4 address (RFC 1035 section 3.4.1).</summary>
    A = 1,

    /// <summary>An authoritative name server (RFC 1035 section 3.3.11).</summary>
    NS = 2,

    /// <summary>The canonical name of an alias (RFC 1035 section 3.3.1).</summary>
    CNAME = 5,

    /// <summary>The start of a zone of authority (RFC 1035 section 3.3.13).</summary>
    SOA = 6,

    /// <summary>A pointer to another name (RFC 1035 section 3.3.12).</summary>
    PTR = 12,

    /// <summary>A mail exchange (RFC 1035 section 3.3.9).</summary>
    MX = 15,

    /// <summary>Strings (RFC 1035 section 3.3.14).</summary>
    TXT = 16,

    /// <summary>An IPv6 address (RFC 3596 section 2.1).</summary>
    AAAA = 28,

    /// <summary>The pseudo-record of EDNS (RFC 6891 section 6.1).</summary>
    OPT = 41,

    /// <summary>The pseudo-record of a transaction signature (RFC 8945 section 4.2).</summary>
    TSIG = 250,

    /// <summary>A question for the changes since a serial (RFC 1995).</summary>
    IXFR = 251,

    /// <summary>A question for the whole zone (RFC 5936).</summary>
    AXFR = 252,

    /// <summary>A question for every type (RFC 8482), and "every type" in an update (RFC 2136 section 2.5.3).</summary>
    ANY = 255,
}

/// <summary>Record classes (RFC 1035 section 3.2.4), with the two that give updates their meaning.</summary>
internal enum DnsClass : ushort
{
    /// <summary>No class; reserved.</summary>
    Reserved = 0,

    /// <summary>The Internet.</summary>
    IN = 1,

    /// <summary>Chaos, used to ask a server about itself.</summary>
    CH = 3,

    /// <summary>In an update: the RRset must not exist, or this one record goes (RFC 2136 sections 2.4.3 and 2.5.4).</summary>
    NONE = 254,

    /// <summary>In an update: the RRset must exist, or the whole RRset goes (RFC 2136 sections 2.4.1 and 2.5.2).</summary>
    ANY = 255,
}

/// <summary>What a message asks for (RFC 1035 section 4.1.1).</summary>
internal enum DnsOpcode : byte
{
    /// <summary>A standard query.</summary>
    Query = 0,

    /// <summary>An inverse query, obsolete (RFC 3425).</summary>
    InverseQuery = 1,

    /// <summary>A server status request.</summary>
    Status = 2,

    /// <summary>A zone has changed (RFC 1996).</summary>
    Notify = 4,

    /// <summary>A dynamic update (RFC 2136).</summary>
    Update = 5,
}

/// <summary>The single bits of the header (RFC 1035 section 4.1.1, RFC 4035 section 3), in their places.</summary>
[Flags]
internal enum DnsFlags : ushort
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>CD: do not validate for me.</summary>
    CheckingDisabled = 0x0010,

    /// <summary>AD: validated.</summary>
    AuthenticData = 0x0020,

    /// <summary>RA: this server recurses.</summary>
    RecursionAvailable = 0x0080,

    /// <summary>RD: please recurse.</summary>
    RecursionDesired = 0x0100,

    /// <summary>TC: the message did not fit; ask again over TCP.</summary>
    Truncated = 0x0200,

    /// <summary>AA: the answering server is an authority for the name.</summary>
    AuthoritativeAnswer = 0x0400,

    /// <summary>QR: a response and not a request.</summary>
    Response = 0x8000,
}

/// <summary>Response codes (RFC 1035 section 4.1.1, RFC 2136 section 2.2, RFC 6891 section 9), in the RFCs' spelling.</summary>
internal enum DnsRcode : ushort
{
    /// <summary>It worked.</summary>
    NOERROR = 0,

    /// <summary>The server could not read the request.</summary>
    FORMERR = 1,

    /// <summary>The server has trouble of its own.</summary>
    SERVFAIL = 2,

    /// <summary>The name does not exist.</summary>
    NXDOMAIN = 3,

    /// <summary>The server does not know this kind of request.</summary>
    NOTIMP = 4,

    /// <summary>The server does not want to, for reasons of policy.</summary>
    REFUSED = 5,

    /// <summary>A name exists that must not.</summary>
    YXDOMAIN = 6,

    /// <summary>An RRset exists that must not.</summary>
    YXRRSET = 7,

    /// <summary>An RRset that must exist does not, or is another one.</summary>
    NXRRSET = 8,

    /// <summary>The server is no authority for the zone, or (with TSIG) the signature was not accepted.</summary>
    NOTAUTH = 9,

    /// <summary>A name is not within the zone of the update.</summary>
    NOTZONE = 10,

    /// <summary>The server does not speak this version of EDNS.</summary>
    BADVERS = 16,
}

/// <summary>The error field of a TSIG record (RFC 8945 section 3); other numbers are those of <see cref="DnsRcode"/>.</summary>
internal enum TsigError : ushort
{
    /// <summary>The signature was accepted.</summary>
    None = 0,

    /// <summary>BADSIG: the key's text differs between the two sides.</summary>
    BadSignature = 16,

    /// <summary>BADKEY: the server has no key of this name and algorithm.</summary>
    BadKey = 17,

    /// <summary>BADTIME: the clocks are too far apart.</summary>
    BadTime = 18,

    /// <summary>BADTRUNC: the signature was shortened more than the server allows.</summary>
    BadTruncation = 22,
}
