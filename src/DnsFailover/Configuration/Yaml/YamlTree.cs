using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DnsFailover.Configuration.Yaml;

/// <summary>
/// Builds the tree of nodes from YAML's events. Anchors, aliases and merge keys work; what a tree of aliases stands
/// for is bounded, so that a small file cannot grow into a huge one.
/// </summary>
internal sealed class YamlTree
{
    private const int DeepestNesting = 20;
    private const int MostNodes = 1_000_000;

    private readonly Parser _parser;
    private readonly Reading _reading;
    private readonly Dictionary<string, YamlNode?> _anchors = new(StringComparer.Ordinal);

    private YamlTree(Parser parser, Reading reading) => (_parser, _reading) = (parser, reading);

    /// <summary>The root, or null when the text is no YAML document; then exactly that was reported.</summary>
    public static YamlNode? Parse(string text, Reading reading)
    {
        if (YamlTrouble.ControlCharacter(text, reading.File) is { } place)
        {
            // The scanner takes some of these for the end of the file and would drop what follows.
            reading.Error(place, "a control character is in the text; expected printable characters only");
            return null;
        }

        using var reader = new StringReader(text);
        var parser = new Parser(new Scanner(reader));
        try
        {
            return new YamlTree(parser, reading).Document();
        }
        catch (YamlException exception)
        {
            var (position, message) = YamlTrouble.Describe(exception, text, reading.File);
            reading.Error(position, message);
            return null;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet 16 ends this way when a bracket that is open meets a key of the next line.
            var last = parser.Current?.End ?? Mark.Empty;
            reading.Error(YamlTrouble.At(last, reading.File), YamlTrouble.Invalid("expected ',' or the closing bracket of a { } or [ ] that is open here"));
            return null;
        }
    }

    private YamlNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _reading.Error(new Position(_reading.File, 1, 1), "the file is empty; expected at least 'providers' and 'services'");
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            throw new YamlRefusedException(second, "a second document begins here; expected one document in the file");
        }

        _parser.Consume<StreamEnd>();
        return root;
    }

    private YamlNode Node(int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new YamlRefusedException(_parser.Current!, $"maps and lists are nested more than {DeepestNesting} deep; nothing in this file needs that");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            // The alias itself is not shown: an unquoted secret may begin with an asterisk.
            return _anchors.GetValueOrDefault(alias.Value.Value)
                ?? throw new YamlRefusedException(alias, "an alias (*) refers to an anchor (&) that is not defined before it; put a text that begins with * in quotes");
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            RefuseOwnTag(scalar);
            return Remember(scalar, new YamlScalar(At(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain));
        }

        if (_parser.TryConsume<SequenceStart>(out var list))
        {
            RefuseOwnTag(list);
            return Remember(list, List(list, depth));
        }

        var map = _parser.Consume<MappingStart>();
        RefuseOwnTag(map);
        return Remember(map, Map(map, depth));
    }

    private YamlList List(SequenceStart start, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(depth + 1));
        }

        return Bounded(start, items.Sum(item => (long)item.Size), () => new YamlList(At(start), items));
    }

    private YamlMap Map(MappingStart start, int depth)
    {
        var entries = new List<YamlEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        var merges = new List<YamlMap>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var keyEvent = _parser.Current!;
            if (Node(depth + 1) is not YamlScalar key)
            {
                throw new YamlRefusedException(keyEvent, "a key is a map or a list; expected a plain word. A text that begins with { or [ needs quotes");
            }

            var value = Node(depth + 1);
            if (key.Text == "<<")
            {
                merges.AddRange(Merged(keyEvent, value));
            }
            else if (lines.TryAdd(key.Text, key.Position.Line))
            {
                entries.Add(new YamlEntry(key, value));
            }
            else
            {
                _reading.Error(key.Position, $"key '{Reading.Shorten(key.Text)}' is written twice in one map; the first is in line {lines[key.Text]}");
            }
        }

        // What is written here outranks what is merged, and an earlier merge outranks a later one (YAML's merge key type).
        entries.AddRange(merges.SelectMany(merge => merge.Entries).Where(entry => lines.TryAdd(entry.Key.Text, entry.Key.Position.Line)));
        return Bounded(start, entries.Sum(entry => 1L + entry.Value.Size), () => new YamlMap(At(start), entries));
    }

    private static IEnumerable<YamlMap> Merged(ParsingEvent at, YamlNode value) => value switch
    {
        YamlMap map => [map],
        YamlList list when list.Items.All(item => item is YamlMap) => list.Items.Cast<YamlMap>(),
        _ => throw new YamlRefusedException(at, "'<<' merges something that is not a map; expected an alias of a map, or a list of them"),
    };

    private static T Bounded<T>(ParsingEvent at, long size, Func<T> create) =>
        size < MostNodes ? create() : throw new YamlRefusedException(at, $"aliases (*) make this more than {MostNodes} values; write the file with fewer of them");

    private YamlNode Remember(NodeEvent from, YamlNode node)
    {
        if (!from.Anchor.IsEmpty)
        {
            _anchors[from.Anchor.Value] = node;
        }

        return node;
    }

    private static void RefuseOwnTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && !node.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal))
        {
            throw new YamlRefusedException(node, "a YAML tag (!) means nothing in this file; put a text that begins with ! in quotes");
        }
    }

    private Position At(ParsingEvent node) => YamlTrouble.At(node.Start, _reading.File);
}

/// <summary>Valid YAML that is not taken; the message is for the operator.</summary>
internal sealed class YamlRefusedException(ParsingEvent at, string message) : YamlException(at.Start, at.End, message);
