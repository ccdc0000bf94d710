using System.Text;
using DnsFailover.Configuration;

namespace DnsFailover.Tests.Configuration;

public sealed class Any_mutation_of_a_valid_file
{
    private static readonly string[] Fragments =
        ["\t", "\n", ":", ": ", "- ", "{", "}", "[", "]", "\"", "'", "${", "}", "&a ", "*a", "<<: ", "!x ", "|\n", ">", "%", "@", "#", "? ", "~", "\0", "\u0085", "é", "\ud83d\ude00", "---\n", "...\n", ",", "10", "null", "true", "-1", "9999999999999999999999", "::1", "../..", "\r", "\ufeff"];

    [Theory]
    [InlineData("failover.yaml")]
    [InlineData("failover.builtin.yaml")]
    public void Never_throws_and_is_either_used_or_complained_about(string name)
    {
        var original = File.ReadAllText(Repository.Path("config", name));
        var surroundings = new FakeSurroundings { Files = { ["/run/secrets/slack-webhook"] = "https://hooks.slack.com/services/T0/B0/x" } };
        for (var seed = 0; seed < 1500; seed++)
        {
            var content = Mutate(original, new Random(seed));
            var result = Read(content, surroundings, seed);

            Assert.True(result.Configuration is null == result.Errors.Any(), $"seed {seed}");
            Assert.All(result.Problems, problem => Assert.True(problem.Position is { Line: > 0, Column: > 0 } && problem.Message.Length is > 0 and < 700, $"seed {seed}: {problem}"));
            Assert.Equal(result.Problems.OrderBy(problem => problem.Position.Line).ThenBy(problem => problem.Position.Column).Select(problem => problem.Position), result.Problems.Select(problem => problem.Position));
        }
    }

    private static ConfigurationResult Read(byte[] content, FakeSurroundings surroundings, int seed)
    {
        try
        {
            return ConfigurationLoader.Parse("failover.yaml", content, surroundings);
        }
        catch (Exception exception)
        {
            Assert.Fail($"seed {seed}: {exception}\n{Encoding.UTF8.GetString(content)}");
            throw;
        }
    }

    private static byte[] Mutate(string original, Random random)
    {
        var text = new StringBuilder(original);
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(5))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 2:
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
                case 3:
                    text[at] = (char)random.Next(1, 0x250);
                    break;
                default:
                    SwapLines(text, random);
                    break;
            }
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (random.Next(20) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    private static void SwapLines(StringBuilder text, Random random)
    {
        var lines = text.ToString().Split('\n');
        var (first, second) = (random.Next(lines.Length), random.Next(lines.Length));
        (lines[first], lines[second]) = (lines[second], lines[first]);
        text.Clear().AppendJoin('\n', lines);
    }
}
