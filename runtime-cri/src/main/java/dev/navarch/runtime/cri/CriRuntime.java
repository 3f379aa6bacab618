package dev.navarch.runtime.cri;

import static java.util.Objects.requireNonNull;

import dev.navarch.kubelet.runtime.AttachRequest;
import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerStats;
import dev.navarch.kubelet.runtime.ContainerStatus;
import dev.navarch.kubelet.runtime.ExecRequest;
import dev.navarch.kubelet.runtime.ExecResult;
import dev.navarch.kubelet.runtime.FilesystemUsage;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.MachineStats;
import dev.navarch.kubelet.runtime.NetworkStats;
import dev.navarch.kubelet.runtime.PortForwardRequest;
import dev.navarch.kubelet.runtime.RegistryAuth;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.RuntimeStatus;
import dev.navarch.kubelet.runtime.RuntimeVersion;
import dev.navarch.kubelet.runtime.Sandbox;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxStatus;
import dev.navarch.runtime.cri.v1.ContainerStatsFilter;
import dev.navarch.runtime.cri.v1.ContainerStatsRequest;
import dev.navarch.runtime.cri.v1.ContainerStatusRequest;
import dev.navarch.runtime.cri.v1.CreateContainerRequest;
import dev.navarch.runtime.cri.v1.ExecSyncRequest;
import dev.navarch.runtime.cri.v1.ImageFsInfoRequest;
import dev.navarch.runtime.cri.v1.ImageSpec;
import dev.navarch.runtime.cri.v1.ImageStatusRequest;
import dev.navarch.runtime.cri.v1.ListContainerStatsRequest;
import dev.navarch.runtime.cri.v1.ListContainersRequest;
import dev.navarch.runtime.cri.v1.ListImagesRequest;
import dev.navarch.runtime.cri.v1.ListPodSandboxRequest;
import dev.navarch.runtime.cri.v1.ListPodSandboxStatsRequest;
import dev.navarch.runtime.cri.v1.PodSandboxStatusRequest;
import dev.navarch.runtime.cri.v1.PullImageRequest;
import dev.navarch.runtime.cri.v1.RemoveContainerRequest;
import dev.navarch.runtime.cri.v1.RemoveImageRequest;
import dev.navarch.runtime.cri.v1.RemovePodSandboxRequest;
import dev.navarch.runtime.cri.v1.ReopenContainerLogRequest;
import dev.navarch.runtime.cri.v1.RunPodSandboxRequest;
import dev.navarch.runtime.cri.v1.StartContainerRequest;
import dev.navarch.runtime.cri.v1.StatusRequest;
import dev.navarch.runtime.cri.v1.StopContainerRequest;
import dev.navarch.runtime.cri.v1.StopPodSandboxRequest;
import dev.navarch.runtime.cri.v1.UpdateContainerResourcesRequest;
import dev.navarch.runtime.cri.v1.VersionRequest;
import dev.navarch.time.TimeSource;
import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Any engine that speaks CRI v1 on a unix socket: containerd 1.6 and later, CRI-O.
 *
 * <p>Deadlines are the kubelet's (source: kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go, runtimeRequestTimeout,
 * and staging/src/k8s.io/cri-client/pkg/remote_runtime.go): two minutes, plus whatever the call itself may wait for; a
 * pull has an hour.
 */
public final class CriRuntime implements ContainerRuntime {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final Duration PULL_DEADLINE = Duration.ofHours(1);
    private static final Duration FOREVER = Duration.ofDays(365);

    private final CriConnection connection;
    private final TimeSource time;
    private final Machine machine;

    /** Talks to the engine at {@code socket}; doesn't connect before the first call. */
    public CriRuntime(Path socket, TimeSource time) {
        machine = new Machine(time);
        this.connection = new CriConnection(requireNonNull(socket));
        this.time = requireNonNull(time);
    }

    @Override
    public RuntimeVersion version() {
        var answer = call(() -> connection
                .runtime(DEADLINE)
                .version(VersionRequest.newBuilder().setVersion("0.1.0").build()));
        return new RuntimeVersion(answer.getRuntimeName(), answer.getRuntimeVersion(), answer.getRuntimeApiVersion());
    }

    @Override
    public RuntimeStatus status() {
        return FromCri.status(call(() -> connection.runtime(DEADLINE).status(StatusRequest.getDefaultInstance()))
                .getStatus());
    }

    @Override
    public String runPodSandbox(SandboxConfig config, String runtimeHandler) {
        var request = RunPodSandboxRequest.newBuilder()
                .setConfig(ToCri.sandbox(config))
                .setRuntimeHandler(runtimeHandler)
                .build();
        return call(() -> connection.runtime(DEADLINE.multipliedBy(2)).runPodSandbox(request))
                .getPodSandboxId();
    }

    @Override
    public void stopPodSandbox(String sandboxId) {
        var request =
                StopPodSandboxRequest.newBuilder().setPodSandboxId(sandboxId).build();
        unlessGone(() -> connection.runtime(DEADLINE).stopPodSandbox(request));
    }

    @Override
    public void removePodSandbox(String sandboxId) {
        var request =
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandboxId).build();
        unlessGone(() -> connection.runtime(DEADLINE).removePodSandbox(request));
    }

    @Override
    public SandboxStatus podSandboxStatus(String sandboxId) {
        var request =
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(sandboxId).build();
        return FromCri.sandbox(call(() -> connection.runtime(DEADLINE).podSandboxStatus(request))
                .getStatus());
    }

    @Override
    public List<Sandbox> listPodSandboxes(SandboxFilter filter) {
        var request = ListPodSandboxRequest.newBuilder()
                .setFilter(ToCri.filter(filter))
                .build();
        return call(() -> connection.runtime(DEADLINE).listPodSandbox(request)).getItemsList().stream()
                .map(FromCri::sandbox)
                .toList();
    }

    @Override
    public String createContainer(String sandboxId, ContainerConfig config, SandboxConfig sandbox) {
        var request = CreateContainerRequest.newBuilder()
                .setPodSandboxId(sandboxId)
                .setConfig(ToCri.container(config))
                .setSandboxConfig(ToCri.sandbox(sandbox))
                .build();
        return call(() -> connection.runtime(DEADLINE).createContainer(request)).getContainerId();
    }

    @Override
    public void startContainer(String containerId) {
        var request =
                StartContainerRequest.newBuilder().setContainerId(containerId).build();
        call(() -> connection.runtime(DEADLINE).startContainer(request));
    }

    @Override
    public void stopContainer(String containerId, Duration grace) {
        var request = StopContainerRequest.newBuilder()
                .setContainerId(containerId)
                .setTimeout(seconds(grace))
                .build();
        unlessGone(() -> connection.runtime(DEADLINE.plus(grace)).stopContainer(request));
    }

    @Override
    public void removeContainer(String containerId) {
        var request =
                RemoveContainerRequest.newBuilder().setContainerId(containerId).build();
        unlessGone(() -> connection.runtime(DEADLINE).removeContainer(request));
    }

    @Override
    public List<Container> listContainers(ContainerFilter filter) {
        var request = ListContainersRequest.newBuilder()
                .setFilter(ToCri.filter(filter))
                .build();
        return call(() -> connection.runtime(DEADLINE).listContainers(request)).getContainersList().stream()
                .map(FromCri::container)
                .toList();
    }

    @Override
    public ContainerStatus containerStatus(String containerId) {
        var request = ContainerStatusRequest.newBuilder().setContainerId(containerId);
        var answer = call(() -> connection.runtime(DEADLINE).containerStatus(request.build()));
        if (answer.getStatus().hasResources()) {
            return FromCri.status(
                    answer.getStatus(),
                    FromCri.resources(answer.getStatus().getResources().getLinux()));
        }
        var verbose = call(() -> connection
                .runtime(DEADLINE)
                .containerStatus(request.setVerbose(true).build()));
        return FromCri.status(verbose.getStatus(), FromCri.resources(verbose.getInfoMap()));
    }

    @Override
    public void updateContainerResources(String containerId, LinuxResources resources) {
        var request = UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(containerId)
                .setLinux(ToCri.resources(resources))
                .build();
        call(() -> connection.runtime(DEADLINE).updateContainerResources(request));
    }

    @Override
    public void reopenContainerLog(String containerId) {
        var request = ReopenContainerLogRequest.newBuilder()
                .setContainerId(containerId)
                .build();
        call(() -> connection.runtime(DEADLINE).reopenContainerLog(request));
    }

    @Override
    public ExecResult execSync(String containerId, List<String> command, Duration timeout) {
        var request = ExecSyncRequest.newBuilder()
                .setContainerId(containerId)
                .addAllCmd(command)
                .setTimeout(seconds(timeout))
                .build();
        try {
            var answer = call(() -> connection
                    .runtime(timeout.isZero() ? FOREVER : DEADLINE.plus(timeout))
                    .execSync(request));
            return new ExecResult(
                    answer.getStdout().toByteArray(), answer.getStderr().toByteArray(), answer.getExitCode());
        } catch (RuntimeFailure e) {
            throw cutOff(e) ? new RuntimeFailure(RuntimeFailure.Reason.DEADLINE_EXCEEDED, text(e), e) : e;
        }
    }

    /** containerd before 1.7 gives no code for a command's timeout (source: pkg/cri/server/container_execsync.go). */
    private static boolean cutOff(RuntimeFailure e) {
        return e.reason() == RuntimeFailure.Reason.UNKNOWN && text(e).matches("(?s).*timeout .* exceeded.*");
    }

    private static String text(RuntimeFailure e) {
        return requireNonNull(e.getMessage());
    }

    @Override
    public URI exec(ExecRequest request) {
        var message = dev.navarch.runtime.cri.v1.ExecRequest.newBuilder()
                .setContainerId(request.containerId())
                .addAllCmd(request.command())
                .setTty(request.tty())
                .setStdin(request.stdin())
                .setStdout(request.stdout())
                .setStderr(request.stderr())
                .build();
        return URI.create(call(() -> connection.runtime(DEADLINE).exec(message)).getUrl());
    }

    @Override
    public URI attach(AttachRequest request) {
        var message = dev.navarch.runtime.cri.v1.AttachRequest.newBuilder()
                .setContainerId(request.containerId())
                .setStdin(request.stdin())
                .setTty(request.tty())
                .setStdout(request.stdout())
                .setStderr(request.stderr())
                .build();
        return URI.create(
                call(() -> connection.runtime(DEADLINE).attach(message)).getUrl());
    }

    @Override
    public URI portForward(PortForwardRequest request) {
        var message = dev.navarch.runtime.cri.v1.PortForwardRequest.newBuilder()
                .setPodSandboxId(request.sandboxId())
                .addAllPort(request.ports())
                .build();
        return URI.create(
                call(() -> connection.runtime(DEADLINE).portForward(message)).getUrl());
    }

    @Override
    public List<Image> listImages() {
        return call(() -> connection.images(DEADLINE).listImages(ListImagesRequest.getDefaultInstance()))
                .getImagesList()
                .stream()
                .map(FromCri::image)
                .toList();
    }

    @Override
    public Optional<Image> imageStatus(String reference) {
        var request = ImageStatusRequest.newBuilder().setImage(image(reference)).build();
        var answer = call(() -> connection.images(DEADLINE).imageStatus(request));
        return answer.hasImage() ? Optional.of(FromCri.image(answer.getImage())) : Optional.empty();
    }

    @Override
    public String pullImage(String reference, RegistryAuth auth, SandboxConfig sandbox) {
        var request = PullImageRequest.newBuilder().setImage(image(reference)).setSandboxConfig(ToCri.sandbox(sandbox));
        if (!auth.equals(RegistryAuth.NONE)) {
            request.setAuth(ToCri.auth(auth));
        }
        return call(() -> connection.images(PULL_DEADLINE).pullImage(request.build()))
                .getImageRef();
    }

    @Override
    public void removeImage(String reference) {
        var request = RemoveImageRequest.newBuilder().setImage(image(reference)).build();
        unlessGone(() -> connection.images(DEADLINE).removeImage(request));
    }

    private static ImageSpec image(String reference) {
        return ImageSpec.newBuilder().setImage(reference).build();
    }

    @Override
    public List<FilesystemUsage> imageFilesystem() {
        return call(() -> connection.images(DEADLINE).imageFsInfo(ImageFsInfoRequest.getDefaultInstance()))
                .getImageFilesystemsList()
                .stream()
                .map(FromCri::filesystem)
                .toList();
    }

    @Override
    public ContainerStats containerStats(String containerId) {
        var request =
                ContainerStatsRequest.newBuilder().setContainerId(containerId).build();
        return FromCri.stats(
                call(() -> connection.runtime(DEADLINE).containerStats(request)).getStats());
    }

    @Override
    public List<ContainerStats> listContainerStats(ContainerFilter filter) {
        var wanted = ContainerStatsFilter.newBuilder().putAllLabelSelector(filter.labels());
        filter.id().ifPresent(wanted::setId);
        filter.sandboxId().ifPresent(wanted::setPodSandboxId);
        var request = ListContainerStatsRequest.newBuilder().setFilter(wanted).build();
        return call(() -> connection.runtime(DEADLINE).listContainerStats(request)).getStatsList().stream()
                .map(FromCri::stats)
                .toList();
    }

    @Override
    public List<NetworkStats> listNetworkStats() {
        var request = ListPodSandboxStatsRequest.getDefaultInstance();
        return call(() -> connection.runtime(DEADLINE).listPodSandboxStats(request)).getStatsList().stream()
                .flatMap(stats -> FromCri.network(stats).stream())
                .toList();
    }

    @Override
    public Optional<MachineStats> machineStats() {
        return machine.stats();
    }

    @Override
    public Optional<RuntimeEvents> events() {
        return "containerd".equals(version().name())
                ? Optional.of(new ContainerdEvents(connection.containerdEvents(), this, time))
                : Optional.of(new CriEvents(connection.runtime()));
    }

    /** Makes the next call connect at once, after the engine was known to be away. */
    void retryNow() {
        connection.retryNow();
    }

    @Override
    public void close() {
        connection.close();
    }

    private static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw FromCri.failure(e);
        }
    }

    private static void unlessGone(Supplier<?> call) {
        try {
            call(call);
        } catch (RuntimeFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    /** Whole seconds, rounded up: a wait is never cut short. */
    private static long seconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }
}
