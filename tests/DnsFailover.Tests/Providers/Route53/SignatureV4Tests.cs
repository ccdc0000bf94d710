using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using DnsFailover.Providers.Route53;

namespace DnsFailover.Tests.Providers.Route53;

public sealed class SignatureV4Tests
{
    private static readonly AwsKey Example = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

    private static readonly DateTimeOffset Moment = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    /// <summary>From the test suite that AWS publishes for Signature Version 4, and the example of the IAM guide.</summary>
    [Theory]
    [InlineData("GET", "https://example.amazonaws.com/", "service", null, "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")] // get-vanilla
    [InlineData("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", "service", null, "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")] // get-vanilla-query-order-key-case
    [InlineData("GET", "https://example.amazonaws.com/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "service", null, "", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197")] // get-vanilla-query-unreserved
    [InlineData("POST", "https://example.amazonaws.com/", "service", null, "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")] // post-vanilla
    [InlineData("POST", "https://example.amazonaws.com/", "service", "application/x-www-form-urlencoded", "Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")] // post-x-www-form-urlencoded
    [InlineData("GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "iam", "application/x-www-form-urlencoded; charset=utf-8", "", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")] // the IAM guide
    [InlineData("GET", "https://example.amazonaws.com/a%20b/c%3Ad/2013-04-01/hostedzone/Z1", "route53", null, "", "5d36328628fdb78cd877c226c97c62d21d9c534f5bad37fa8607ae98f07c9007")] // an escaped path, as botocore signs it
    public void The_published_examples_are_signed_as_published(string method, string address, string service, string? contentType, string body, string expected)
    {
        using var request = Request(method, address, contentType, body);

        SignatureV4.Sign(request, Encoding.UTF8.GetBytes(body), Example, "us-east-1", service, Moment);

        Assert.EndsWith($"Signature={expected}", request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
        Assert.Equal("20150830T123600Z", request.Headers.GetValues("X-Amz-Date").Single());
    }

    [Theory]
    [InlineData("GET", "/2013-04-01/hostedzone/Z01", "", null)]
    [InlineData("GET", "/2013-04-01/hostedzone/Z01/rrset", "name=_dnsfailover.api.example.com&type=TXT&maxitems=1", null)]
    [InlineData("GET", "/2013-04-01/hostedzone/Z01/rrset", "name=\\052.example.com&type=A&identifier=a/b c+&%é&maxitems=300", "token/with+signs==")]
    [InlineData("POST", "/2013-04-01/hostedzone/Z01/rrset/", "", null)]
    [InlineData("POST", "/prefix/2013-04-01/hostedzone/Z01/rrset/", "", "token")]
    public void Requests_are_signed_as_the_SDK_signs_them(string method, string path, string query, string? token)
    {
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries) is var pairs && query.Contains("a/b c+", StringComparison.Ordinal)
            ? [("name", "\\052.example.com"), ("type", "A"), ("identifier", "a/b c+&%é"), ("maxitems", "300")]
            : pairs.Select(pair => (pair.Split('=')[0], pair.Split('=')[1])).ToList();
        var body = method == "POST" ? "<a>é</a>" : string.Empty;
        using var request = Request(method, $"https://route53.amazonaws.com{path}{(parameters.Count > 0 ? "?" : string.Empty)}{string.Join('&', parameters.Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2)}"))}", method == "POST" ? "application/xml" : null, body);
        var key = Example with { SessionToken = token };
        request.Headers.Add("X-Amz-Content-SHA256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))); // the SDK sends it too

        SignatureV4.Sign(request, Encoding.UTF8.GetBytes(body), key, "us-east-1", "route53", Moment);

        var bySdk = SignedBySdk(method, path, parameters, body, key);
        Assert.EndsWith($"SignedHeaders={bySdk.SignedHeaders}, Signature={bySdk.Signature}", request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_prints_as_its_id()
    {
        var key = Example with { SessionToken = "TOKEN" };

        Assert.Equal("AKIDEXAMPLE", $"{key}");
    }

    private static HttpRequestMessage Request(string method, string address, string? contentType, string body)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (contentType is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        return request;
    }

    private static AWS4SigningResult SignedBySdk(string method, string path, IEnumerable<(string Name, string Value)> parameters, string body, AwsKey key)
    {
        var request = new DefaultRequest(new GetCallerIdentityRequest(), "Amazon.Route53")
        {
            HttpMethod = method,
            ResourcePath = path,
            Endpoint = new Uri("https://route53.amazonaws.com"),
            UseQueryString = method == "GET",
            Content = Encoding.UTF8.GetBytes(body),
        };
        foreach (var (name, value) in parameters)
        {
            request.Parameters.Add(name, value);
        }

        if (method == "POST")
        {
            request.Headers["Content-Type"] = "application/xml";
        }

        if (key.SessionToken is { } token)
        {
            request.Headers["X-Amz-Security-Token"] = token;
        }

        var config = new AmazonSecurityTokenServiceConfig { AuthenticationServiceName = "route53", AuthenticationRegion = "us-east-1", ServiceURL = "https://route53.amazonaws.com" };
        return new AWS4Signer(signPayload: true).SignRequest(request, config, metrics: null, key.AccessKeyId, key.SecretKey, Moment.UtcDateTime);
    }
}
