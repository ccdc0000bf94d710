namespace DnsFailover.Core.Tests;

public sealed class TextTests
{
    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.00002, "<0.1 ms")]
    [InlineData(0.0007, "0.7 ms")]
    [InlineData(0.0121, "12 ms")]
    [InlineData(0.9994, "999 ms")]
    [InlineData(0.9996, "1 s")]
    [InlineData(1.25, "1.25 s")]
    [InlineData(2.1, "2.1 s")]
    [InlineData(16.23, "16.2 s")]
    [InlineData(59.96, "1 min")]
    [InlineData(192, "3 min 12 s")]
    [InlineData(3600, "1 h")]
    [InlineData(7530, "2 h 5 min")]
    [InlineData(86_399, "23 h 59 min")]
    [InlineData(86_400, "1 d")]
    [InlineData(273_600, "3 d 4 h")]
    [InlineData(-2.1, "-2.1 s")]
    public void Durations_read_as_people_say_them(double seconds, string expected) => Assert.Equal(expected, Text.Of(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void The_shortest_of_all_times_has_a_name_too() => Assert.Equal("-" + Text.Of(TimeSpan.MaxValue), Text.Of(TimeSpan.MinValue));

    [Fact]
    public void A_choice_is_spelled_as_in_failover_yaml() => Assert.Equal("keep", Text.Of(Core.Definitions.OnAllDown.Keep));
}
