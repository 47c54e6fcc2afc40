using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;

namespace Sluice.Daemon.Tests.Configuration;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("port", "port", 0)]
    [InlineData("PORT", "port", 0)]
    [InlineData("prot", "port", 1)]
    [InlineData("por", "port", 1)]
    [InlineData("pport", "port", 1)]
    [InlineData("part", "port", 1)]
    [InlineData("abcd", "badc", 2)]
    [InlineData("kitten", "sitting", 3)]
    public void Edits_are_counted(string one, string other, int expected)
    {
        Assert.Equal(expected, NearestName.Distance(one, other));
        Assert.Equal(expected, NearestName.Distance(other, one));
    }

    [Fact]
    public void Every_known_name_with_one_letter_wrong_finds_itself() =>
        Assert.All(ProgramConfiguration.Table.All, key =>
        {
            string[] names = [.. ProgramConfiguration.Table.Of(key.Section).Select(known => known.Name)];
            for (int i = 0; i < key.Name.Length; i++)
            {
                string wrong = key.Name[..i] + "#" + key.Name[(i + 1)..];

                // udp_gro and udp_gso differ in just one letter: without that one, either is meant.
                IEnumerable<string> meant = names.Where(name => name.Length == wrong.Length && name.Remove(i, 1) == wrong.Remove(i, 1));
                Assert.Contains(NearestName.Of(wrong, names), meant);
            }
        });

    [Fact]
    public void A_name_that_was_cut_short_finds_the_longer_one() =>
        Assert.Equal("information", NearestName.Of("info", ["error", "information"]));
}
