//! Confinement by seccomp, which refuses system calls by number and plain arguments, and Landlock, which knows paths.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use super::Confinement;

/// The latest version of Landlock whose rights are known here; older kernels enforce what they have.
const LANDLOCK: ABI = ABI::V6;

pub fn confine() -> Result<Confinement, String> {
    // First, because the filter would not let it in.
    let no_writes = forbid_writes()?;
    let program = filter()?;
    seccompiler::apply_filter(&program).map_err(|error| format!("seccomp: {error}"))?;
    Ok(Confinement {
        no_network: true,
        no_other_processes: true,
        no_new_files: true,
        no_writes,
    })
}

/// Forbids to write to files other than devices, and where the kernel can, to connect by TCP and to signal other processes. Tells
/// whether the kernel does the first.
fn forbid_writes() -> Result<bool, String> {
    let wrong = |error: landlock::RulesetError| format!("Landlock: {error}");
    let writes = AccessFs::from_write(LANDLOCK);
    // Drivers talk to devices by opening them for both ways.
    let devices: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::IoctlDev;
    let ruleset = Ruleset::default()
        .handle_access(writes)
        .and_then(|rules| rules.handle_access(AccessNet::from_all(LANDLOCK)))
        .and_then(|rules| rules.scope(Scope::from_all(LANDLOCK)))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(["/dev"], devices)))
        .map_err(wrong)?;
    let status = ruleset.restrict_self().map_err(wrong)?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// A filter that refuses what an evaluation has no use for.
fn filter() -> Result<BpfProgram, String> {
    let wrong = |error: seccompiler::BackendError| format!("seccomp: {error}");
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> = always().map(|call| (call, Vec::new())).collect();
    for (call, argument) in opening() {
        let denied = open_rules(argument).map_err(wrong)?;
        rules.insert(call, denied);
    }
    rules.insert(libc::SYS_tgkill, vec![to_others().map_err(wrong)?]);
    rules.insert(libc::SYS_prlimit64, limit_rules().map_err(wrong)?);
    with_second_abi(&mut rules);
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(wrong)?;
    let refusal = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refusal, architecture).map_err(wrong)?;
    filter.try_into().map_err(wrong)
}

/// System calls that are refused whatever their arguments.
fn always() -> impl Iterator<Item = c_long> {
    let network = [
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        // Its requests pass by every filter.
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
    ];
    let processes = [
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_kill,
        libc::SYS_tkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_rt_tgsigqueueinfo,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_pidfd_send_signal,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
    ];
    let files = [
        // Its flags lie where a filter cannot look.
        libc::SYS_openat2,
        libc::SYS_renameat2,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_unlinkat,
        libc::SYS_mkdirat,
        libc::SYS_mknodat,
        libc::SYS_truncate,
        libc::SYS_fchmod,
        libc::SYS_fchmodat,
        libc::SYS_fchown,
        libc::SYS_fchownat,
        libc::SYS_utimensat,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        libc::SYS_open_by_handle_at,
    ];
    // What root could do, should an evaluator run as root.
    let system = [
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_move_mount,
        libc::SYS_fsmount,
        libc::SYS_open_tree,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_acct,
        libc::SYS_quotactl,
    ];
    network
        .into_iter()
        .chain(processes)
        .chain(files)
        .chain(system)
        .chain(older())
}

/// Calls that only the oldest of the architectures has.
#[cfg(target_arch = "x86_64")]
fn older() -> impl Iterator<Item = c_long> {
    [
        libc::SYS_creat,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_link,
        libc::SYS_symlink,
        libc::SYS_unlink,
        libc::SYS_mkdir,
        libc::SYS_rmdir,
        libc::SYS_mknod,
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
        libc::SYS_futimesat,
        libc::SYS_setrlimit,
        libc::SYS_iopl,
        libc::SYS_ioperm,
    ]
    .into_iter()
}

#[cfg(target_arch = "aarch64")]
fn older() -> impl Iterator<Item = c_long> {
    std::iter::once(libc::SYS_renameat)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn older() -> impl Iterator<Item = c_long> {
    std::iter::empty()
}

/// Calls that open files, and which argument their flags are.
fn opening() -> impl Iterator<Item = (c_long, u8)> {
    let legacy = std::iter::empty();
    #[cfg(target_arch = "x86_64")]
    let legacy = legacy.chain([(libc::SYS_open, 1)]);
    legacy.chain([(libc::SYS_openat, 2)])
}

/// Refuses to make files, to empty them, and to open them for writing alone. Devices are opened for both ways; of other files that
/// are opened so Landlock keeps the writes off.
fn open_rules(flags: u8) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let bits = |mask: libc::c_int, value: libc::c_int| {
        let operator = SeccompCmpOp::MaskedEq(u64::from(mask.unsigned_abs()));
        let value = u64::from(value.unsigned_abs());
        let condition = SeccompCondition::new(flags, SeccompCmpArgLen::Dword, operator, value)?;
        SeccompRule::new(vec![condition])
    };
    // An unnamed file is asked for by its own bit and that of a folder, which alone is harmless.
    let unnamed = libc::O_TMPFILE & !libc::O_DIRECTORY;
    [
        bits(libc::O_CREAT, libc::O_CREAT),
        bits(libc::O_TRUNC, libc::O_TRUNC),
        bits(unnamed, unnamed),
        bits(libc::O_ACCMODE, libc::O_WRONLY),
    ]
    .into_iter()
    .collect()
}

/// Signals to threads of other processes; a process may end itself.
fn to_others() -> Result<SeccompRule, seccompiler::BackendError> {
    let own = u64::from(std::process::id());
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?;
    SeccompRule::new(vec![condition])
}

/// Resource limits of this process are read; they are not set, nor are those of others.
fn limit_rules() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let given = |argument: u8, length: SeccompCmpArgLen| {
        let condition = SeccompCondition::new(argument, length, SeccompCmpOp::Ne, 0)?;
        SeccompRule::new(vec![condition])
    };
    Ok(vec![
        given(0, SeccompCmpArgLen::Dword)?,
        given(2, SeccompCmpArgLen::Qword)?,
    ])
}

/// On x86-64 the same calls have second numbers, which some kernels take.
fn with_second_abi(rules: &mut BTreeMap<c_long, Vec<SeccompRule>>) {
    const SECOND_ABI: c_long = 0x4000_0000;
    if cfg!(target_arch = "x86_64") {
        let second: Vec<_> = rules
            .iter()
            .map(|(call, rule)| (call | SECOND_ABI, rule.clone()))
            .collect();
        rules.extend(second);
    }
}
