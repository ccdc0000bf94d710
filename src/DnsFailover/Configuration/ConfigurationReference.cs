using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DnsFailover.Configuration.Schema;

namespace DnsFailover.Configuration;

/// <summary>Writes down the declared keys: for editors as a JSON schema, for people as Markdown.</summary>
internal static class ConfigurationReference
{
    private const string Introduction =
        """
        # failover.yaml: every key

        This page is written from the declarations in the code; see `config/failover.yaml` for an example to begin with.

        The file is found by `--config`, the variable `DNSFAILOVER_CONFIG`, `./failover.yaml`, then `/etc/dnsfailover/failover.yaml`.
        `dnsfailover validate` reports every mistake at once, with line and column.

        ## Values

        - **Durations** have units: `500ms`, `10s`, `1m30s`, `1h`, `7d`. **Sizes** too: `512B`, `256KiB`, `1MiB`.
        - **References**: `${NAME}` is an environment variable and `${file:/run/secrets/name}` a file's text (without its last
          line break), in any value, also in the middle of one; not in keys. Relative paths start at the directory of the file.
          `$${` is a plain `${`. Between `{ }` and `[ ]` YAML wants quotes around them: `secret: "${TSIG_SECRET}"`.
          Secrets (TSIG keys, webhook addresses, header values) are looked up each time they are used, so a rotated one needs
          no reload; everything else is looked up when the file is read. What is absent is an error with its place.
        - **YAML**: anchors, aliases and merge keys (`<<`) work; tags do not. At most 4 MiB, 20 levels deep.

        ## What is inherited

        `defaults` → service → endpoint: what is written further in wins, key by key. `headers`, `failback` and `window` are one
        key each: the inner one replaces the outer one as a whole.

        Checks go by the same rule, one step finer. `defaults`, the service and the endpoint, in this order, each lay over what they
        inherit first the check that they name (`check: name`, or `use: name`) and then the keys that they write themselves. From
        weakest to strongest: check named by `defaults`, keys in `defaults.check`, check named by the service, keys in the service's
        `check`, check named by the endpoint, keys in the endpoint's `check`. When a `type` further in has no use for an inherited
        key, that key is left aside; a key written beside that type or further in that it does not have is an error.

        """;

    /// <summary>The JSON schema (draft 7) of failover.yaml.</summary>
    public static string JsonSchema()
    {
        var definitions = new SchemaDefinitions();
        var root = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "failover.yaml of dnsfailover",
        };
        foreach (var (name, value) in definitions.Definition(FileKeys.File))
        {
            root[name] = value?.DeepClone();
        }

        root["definitions"] = definitions.Definitions;
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    /// <summary>Every section with its keys.</summary>
    public static string Markdown()
    {
        var definitions = new SchemaDefinitions();
        definitions.Of(FileKeys.File);
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var section in definitions.Sections)
        {
            text.Append('\n').Append("## ").Append(section.Name).Append("\n\n").Append(section.Description).Append('\n');
            if (section == CheckKeys.Named)
            {
                continue;
            }

            text.Append("\n| key | value | default |\n|---|---|---|\n");
            foreach (var key in section.Keys)
            {
                text.Append("| `").Append(key.Name).Append("`<br>").Append(Cell(Described(section, key))).Append(" | ").Append(Cell(key.Kind.Summary)).Append(" | ")
                    .Append(Cell(key.ShownDefault ?? (key.Required ? "**needed**" : "none"))).Append(" |\n");
            }
        }

        return text.ToString();
    }

    private static string Described(Section section, Key key)
    {
        if (section != CheckKeys.Inline)
        {
            return key.Description;
        }

        var types = Enum.GetValues<CheckType>().Where(type => CheckKeys.Has(type, key)).Select(CheckKeys.Types.Show).ToList();
        return types.Count == Enum.GetValues<CheckType>().Length ? key.Description : $"{key.Description} ({Section.List(types)})";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
