using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DnsFailover.Configuration;
using DnsFailover.Tests.Configuration;
using DnsFailover.Tests.Providers.Http;

namespace DnsFailover.Tests.Shipping;

/// <summary>What users of the Helm chart rely on, in the manifests that Helm makes of it.</summary>
public sealed partial class ChartTests
{
    /// <summary>The files with values that the chart is rendered with, beginning with the least that anyone writes.</summary>
    public static TheoryData<string> Values => ["cloudflare", "everything", "ephemeral"];

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Helm_finds_nothing_to_complain_of(string values)
    {
        var run = await ShippingTool.OfPackageAsync("helm", "lint", "--strict", Release.Chart, "--values", Release.Values(values));

        Assert.True(run.ExitCode == 0, run.Said);
        Assert.DoesNotContain("[WARNING]", run.Said, StringComparison.Ordinal);
        Assert.Equal(0, (await ShippingTool.OfPackageAsync("helm", "lint", "--strict", Release.Chart)).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Every_manifest_is_one_that_the_cluster_takes_without_dropping_a_key(string values)
    {
        var release = await Release.OfAsync(values);

        var run = await ShippingTool.ScriptAsync("kubernetes.mjs", release.Json);

        Assert.True(run is { ExitCode: 0, Said: "" }, run.Said);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task There_is_one_pod_and_never_a_second_one(string values)
    {
        var release = await Release.OfAsync(values);

        Assert.Equal(1, release["StatefulSet"].At("spec.replicas").GetInt32());
        Assert.Empty(release.All("Deployment"));
        Assert.Empty(release.All("HorizontalPodAutoscaler"));
        Assert.NotEqual(0, (await Release.TryAsync(values, "replicaCount=2")).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task The_daemon_can_do_nothing_to_its_node_and_nothing_in_the_cluster(string values)
    {
        var release = await Release.OfAsync(values);

        Assert.False(release.Pod.At("automountServiceAccountToken").GetBoolean());
        Assert.All(release.All("ServiceAccount"), account => Assert.False(account.At("automountServiceAccountToken").GetBoolean()));
        Assert.True(release.Pod.At("securityContext.runAsNonRoot").GetBoolean());
        Assert.Equal(1654, release.Pod.At("securityContext.runAsUser").GetInt32());
        Assert.Equal("RuntimeDefault", release.Pod.At("securityContext.seccompProfile.type").GetString());
        Assert.True(release.Container.At("securityContext.readOnlyRootFilesystem").GetBoolean());
        Assert.False(release.Container.At("securityContext.allowPrivilegeEscalation").GetBoolean());
        Assert.Equal(["ALL"], release.Container.At("securityContext.capabilities.drop").EnumerateArray().Select(item => item.GetString()));
        Assert.Equal(default, release.Pod.At("hostNetwork").ValueKind);
        Assert.Empty(release.All("Role").Concat(release.All("ClusterRole")));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task The_file_is_mounted_such_that_a_new_version_is_seen(string values)
    {
        var release = await Release.OfAsync(values);

        var mount = release.Container.At("volumeMounts").Named("config");
        Assert.Equal("/etc/dnsfailover", mount.At("mountPath").GetString());
        Assert.Equal(default, mount.At("subPath").ValueKind); // the kubelet never renews such a mount
        Assert.Contains("--config=/etc/dnsfailover/failover.yaml", release.Container.At("args").EnumerateArray().Select(item => item.GetString()));
        var expected = values == "ephemeral" ? "my-failover" : release["ConfigMap"].At("metadata.name").GetString();
        Assert.Equal(expected, release.Pod.At("volumes").Named("config").At("configMap.name").GetString());
    }

    [Theory]
    [InlineData("cloudflare")]
    [InlineData("everything")]
    public async Task The_file_is_one_that_the_daemon_takes(string values)
    {
        var release = await Release.OfAsync(values);
        var surroundings = new FakeSurroundings { Variables = { ["SLACK_WEBHOOK"] = "https://hooks.slack.com/services/T0/B0/x", ["API_TOKEN"] = "a-token-of-32-characters-or-more!" } };
        surroundings.Files["/run/secrets/dnsfailover/cloudflare-token"] = "a-cloudflare-token-of-40-characters-abcd";
        surroundings.Files["/run/secrets/dnsfailover/api-token"] = "a-token-of-32-characters-or-more!";

        var result = ConfigurationLoader.Parse("/etc/dnsfailover/failover.yaml", System.Text.Encoding.UTF8.GetBytes(release.Config), surroundings);

        Assert.Empty(result.Problems);
    }

    [Theory]
    [InlineData("cloudflare", 8053)]
    [InlineData("everything", 9053)]
    public async Task Probes_and_Service_find_the_port_that_the_daemon_listens_at(string values, int port)
    {
        var release = await Release.OfAsync(values);

        Assert.Equal(port, release.Container.At("ports").Named("http").At("containerPort").GetInt32());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"listen: 0.0.0.0:{port}"), release.Config, StringComparison.Ordinal);
        foreach (var (probe, path) in new[] { ("startupProbe", "/healthz/live"), ("livenessProbe", "/healthz/live"), ("readinessProbe", "/healthz/ready") })
        {
            Assert.Equal("http", release.Container.At($"{probe}.httpGet.port").GetString());
            Assert.Equal(path, release.Container.At($"{probe}.httpGet.path").GetString());
        }

        var ports = release.Container.At("ports").EnumerateArray().Select(item => item.At("name").GetString()).ToList();
        Assert.All(release.All("Service").SelectMany(service => service.At("spec.ports").EnumerateArray()), item => Assert.Contains(item.At("targetPort").GetString(), ports));
    }

    [Fact]
    public async Task Every_selector_finds_what_it_is_meant_for()
    {
        var release = await Release.OfAsync("everything");

        var pod = release["StatefulSet"].At("spec.template.metadata.labels");
        Assert.True(release["StatefulSet"].At("spec.selector.matchLabels").Selects(pod));
        Assert.All(release.All("Service"), service => Assert.True(service.At("spec.selector").Selects(pod)));
        Assert.True(release["NetworkPolicy"].At("spec.podSelector.matchLabels").Selects(pod));
        Assert.True(release["PodDisruptionBudget"].At("spec.selector.matchLabels").Selects(pod));
        var scraped = Assert.Single(release.All("Service"), service => release["ServiceMonitor"].At("spec.selector.matchLabels").Selects(service.At("metadata.labels")));
        var endpoint = Assert.Single(release["ServiceMonitor"].At("spec.endpoints").EnumerateArray());
        Assert.Equal(endpoint.At("port").GetString(), Assert.Single(scraped.At("spec.ports").EnumerateArray()).At("name").GetString());
        var backend = release["Ingress"].At("spec.rules").EnumerateArray().Single().At("http.paths").EnumerateArray().Single().At("backend.service");
        Assert.Equal((scraped.At("metadata.name").GetString(), "http"), (backend.At("name").GetString(), backend.At("port.name").GetString()));
    }

    [Fact]
    public async Task What_costs_or_needs_an_operator_is_off_until_it_is_asked_for()
    {
        var release = await Release.OfAsync("cloudflare");

        Assert.All(["ServiceMonitor", "PrometheusRule", "Ingress", "PodDisruptionBudget", "Secret"], kind => Assert.Empty(release.All(kind)));
        Assert.Single(release.All("NetworkPolicy"));
        Assert.Single(release.All("Service"));
    }

    [Fact]
    public async Task Secrets_stay_in_the_Secret()
    {
        var release = await Release.OfAsync("cloudflare");

        Assert.Contains("token: ${file:/run/secrets/dnsfailover/cloudflare-token}", release.Config, StringComparison.Ordinal);
        Assert.Equal("dnsfailover", release.Pod.At("volumes").Named("secrets").At("secret.secretName").GetString());
        Assert.Equal("/run/secrets/dnsfailover", release.Container.At("volumeMounts").Named("secrets").At("mountPath").GetString());
        Assert.Equal("dnsfailover", Assert.Single(release.Container.At("envFrom").EnumerateArray()).At("secretRef.name").GetString());
    }

    [Theory]
    [InlineData("config.providers.cloudflare.token=abc", "config.providers.cloudflare.token")]
    [InlineData("config.notifications.slack.webhook=https://hooks.slack.com/services/T0/B0/x", "config.notifications.slack.webhook")]
    [InlineData("config.others[0].secret=abc", "config.others[0].secret")]
    [InlineData("config.notifications.audit.headers.Authorization=Bearer abc", "config.notifications.audit.headers.Authorization")]
    [InlineData("config.checks.web.headers.X-Api-Key=abc", "config.checks.web.headers.X-Api-Key")]
    public async Task A_secret_in_the_clear_is_refused_with_its_place_and_what_to_do(string set, string place)
    {
        var run = await Release.TryAsync("cloudflare", set);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains($"{place} is a secret and would stand in a ConfigMap in the clear.", run.Errors, StringComparison.Ordinal);
        Assert.Contains("existingSecret", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", run.Said.Replace(set, string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chart_knows_every_key_that_is_a_secret()
    {
        // An access key's id is no secret by itself, and addresses hold one only now and then.
        string[] harmless = ["accessKeyId", "url"];
        var reference = await File.ReadAllTextAsync(Repository.Path("config", "REFERENCE.md"), TestContext.Current.CancellationToken);
        var known = await File.ReadAllTextAsync(Path.Combine(Release.Chart, "templates", "_helpers.tpl"), TestContext.Current.CancellationToken);

        var secrets = SecretRow().Matches(reference).Select(match => match.Groups["key"].Value).Distinct().Except(harmless).ToList();

        Assert.Contains("token", secrets);
        Assert.All(secrets, key => Assert.Contains($"\"{key}\"", known, StringComparison.Ordinal)); // $secrets in _helpers.tpl lacks one
    }

    [Theory]
    [InlineData("replicaCount=2", "replicaCount")]
    [InlineData("networkPolicy.enable=true", "enable")]
    [InlineData("onConfigChange=rollout", "onConfigChange")]
    [InlineData("service.port=80", "service.port")]
    [InlineData("config.api.listen=127.0.0.1:8053", "config.api.listen")]
    [InlineData("config.dataDirectory=/data", "config.dataDirectory")]
    public async Task A_value_that_is_not_known_or_does_not_fit_is_refused_by_its_name(string set, string named)
    {
        var run = await Release.TryAsync("cloudflare", set);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("values don't meet the specifications", run.Errors, StringComparison.Ordinal);
        Assert.Contains(named, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_port_for_the_page_and_the_DNS_server_is_refused()
    {
        var run = await Release.TryAsync("cloudflare", "dns.enabled=true,dns.targetPort=8053");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("service.port and dns.targetPort are both 8053", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_anything_to_steer_it_says_what_to_write()
    {
        var run = await ShippingTool.OfPackageAsync("helm", "template", "prod", Release.Chart, "--kube-version", "1.30.0");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("write failover.yaml under config", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_restarts_the_daemon_only_where_that_was_asked_for()
    {
        async Task<string> TemplateAsync(params string[] set) => (await Release.OfAsync("cloudflare", set))["StatefulSet"].At("spec.template").GetRawText();

        Assert.Equal(await TemplateAsync(), await TemplateAsync("config.reconcileInterval=1m"));
        Assert.NotEqual(await TemplateAsync("onConfigChange=restart"), await TemplateAsync("onConfigChange=restart", "config.reconcileInterval=1m"));
        Assert.Equal(await TemplateAsync("onConfigChange=restart"), await TemplateAsync("onConfigChange=restart"));
    }

    [Fact]
    public async Task The_journal_outlives_the_pod_unless_it_was_said_otherwise()
    {
        var kept = await Release.OfAsync("cloudflare");
        Assert.Equal(kept["PersistentVolumeClaim"].At("metadata.name").GetString(), kept.Pod.At("volumes").Named("data").At("persistentVolumeClaim.claimName").GetString());
        Assert.Equal("keep", kept["PersistentVolumeClaim"].At("metadata.annotations").GetProperty("helm.sh/resource-policy").GetString());
        Assert.Equal("/var/lib/dnsfailover", kept.Container.At("volumeMounts").Named("data").At("mountPath").GetString());
        Assert.Contains("dataDirectory: /var/lib/dnsfailover/data", kept.Config, StringComparison.Ordinal);

        var theirs = await Release.OfAsync("cloudflare", "persistence.existingClaim=mine");
        Assert.Empty(theirs.All("PersistentVolumeClaim"));
        Assert.Equal("mine", theirs.Pod.At("volumes").Named("data").At("persistentVolumeClaim.claimName").GetString());

        var lost = await Release.OfAsync("ephemeral");
        Assert.Empty(lost.All("PersistentVolumeClaim"));
        Assert.Equal(JsonValueKind.Object, lost.Pod.At("volumes").Named("data").At("emptyDir").ValueKind);
    }

    [Fact]
    public async Task A_file_of_ones_own_and_one_in_the_values_exclude_each_other()
    {
        var run = await Release.TryAsync("cloudflare", "existingConfigMap=mine");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("config and existingConfigMap exclude each other", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_alert_rules_of_the_chart_are_those_of_the_config_folder()
    {
        var rules = Repository.Path("config", "alerts.yaml");
        Pinned.Equal(File.ReadAllText(rules).ReplaceLineEndings("\n"), "charts", "dnsfailover", "files", "alerts.yaml");
    }

    [Fact]
    public async Task The_alert_rules_reach_Prometheus_as_they_are()
    {
        var rule = (await Release.OfAsync("everything"))["PrometheusRule"];

        var written = YamlAsJson.Read(Path.Combine(Release.Chart, "files", "alerts.yaml"));
        Assert.Equal(written.GetProperty("groups").GetRawText(), rule.At("spec.groups").GetRawText());
        Assert.Equal("prometheus", rule.At("metadata.labels.release").GetString());
    }

    /// <summary>A key of the reference whose value is looked up each time it is used, which only secrets are.</summary>
    [GeneratedRegex(@"^\| `(?<key>\w+)`<br>.*\(looked up each time it is used\)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex SecretRow();
}
