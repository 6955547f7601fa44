import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.opensearch.Version;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.PluginInfo;

/**
 * One node of a cluster in a process of its own, for the tests; settings are given as name=value. It runs
 * until its standard input is closed, so that it never outlives whoever started it.
 */
public final class ClusterMain {
    /** Modules that every distribution has: the network, analysis, deleting by query. Names differ by version. */
    private static final List<List<String>> MODULES = List.of(
        List.of("org.opensearch.transport.Netty4ModulePlugin", "org.opensearch.transport.Netty4Plugin"),
        List.of("org.opensearch.analysis.common.CommonAnalysisModulePlugin", "org.opensearch.analysis.common.CommonAnalysisPlugin"),
        List.of("org.opensearch.index.reindex.ReindexModulePlugin", "org.opensearch.index.reindex.ReindexPlugin")
    );

    private ClusterMain() {}

    public static void main(final String[] options) throws Exception {
        final Settings.Builder settings = Settings.builder()
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("cluster.routing.allocation.node_concurrent_recoveries", 20)
            .put("cluster.max_shards_per_node", 5000);
        for (final String option : options) {
            final int place = option.indexOf('=');
            final String name = option.substring(0, place);
            final String value = option.substring(place + 1);
            if (value.indexOf(',') >= 0) {
                settings.putList(name, value.split(","));
            } else {
                settings.put(name, value);
            }
        }
        final Settings given = settings.build();
        final Path config = Path.of(given.get("path.home"), "config");
        final Environment environment = InternalSettingsPreparer.prepareEnvironment(given, Map.of(), config, () -> "node");
        final Node node = new PlainNode(environment, modules());
        node.start();
        while (System.in.read() >= 0) {
            // Nothing is said to a node.
        }
        node.close();
        node.awaitClose(10, TimeUnit.SECONDS);
        System.exit(0);
    }

    private static Collection<PluginInfo> modules() throws ClassNotFoundException {
        final String java = Integer.toString(Runtime.version().feature());
        final Collection<PluginInfo> found = new ArrayList<>();
        for (final List<String> names : MODULES) {
            final String name = first(names);
            found.add(new PluginInfo(name, "a module", "NA", Version.CURRENT, java, name, List.of(), false));
        }
        return found;
    }

    private static String first(final List<String> names) throws ClassNotFoundException {
        for (final String name : names) {
            try {
                return Class.forName(name).getName();
            } catch (final ClassNotFoundException missing) {
                // The next name is that of another version.
            }
        }
        throw new ClassNotFoundException(String.join(" or ", names));
    }

    /** A node with modules from the class path; what it logs needs no identity. */
    private static final class PlainNode extends Node {
        PlainNode(final Environment environment, final Collection<PluginInfo> modules) {
            super(environment, modules, true);
        }

        @Override
        protected void configureNodeAndClusterIdStateListener(final ClusterService service) {
            // Logs need not say which node they are of.
        }
    }
}
