/**
 * The systemd units that sync once a day, and the configuration to start from.
 *
 * @module
 */

/** `moraine-sync@.service`. */
export function serviceUnit(): string {
  return `[Unit]
Description=Sync a folder into a Glacier vault (%i)
Documentation=man:moraine(1)
Wants=network-online.target
After=network-online.target

# To change something for all: systemctl edit moraine-sync@.service
# To change something for one: systemctl edit moraine-sync@NAME.service

[Service]
Type=oneshot
ExecStart=/usr/bin/moraine sync --config /etc/moraine/%i.cfg

# It runs as root, since it has to read whatever is to be kept; of root's
# capabilities it has only the one to read. How to run it as another user, which
# takes folders of its own: /usr/share/doc/moraine/docs/packages.md
CapabilityBoundingSet=CAP_DAC_READ_SEARCH

# Journals live in /var/lib/moraine, compiled code in /var/cache/moraine. All
# else is read-only. For a journal in another folder: ReadWritePaths=/the/folder
StateDirectory=moraine
StateDirectoryMode=0700
CacheDirectory=moraine
CacheDirectoryMode=0700
Environment=XDG_CACHE_HOME=/var/cache
WorkingDirectory=/var/lib/moraine
UMask=0077
ProtectSystem=strict
ProtectHome=read-only
# To keep what is in /tmp or /var/tmp: PrivateTmp=no
PrivateTmp=yes

# Like Ctrl-C once: no new work is begun, what makes an archive is seen through.
# What takes longer is killed, and that is safe as well: the next run goes on.
KillSignal=SIGINT
TimeoutStopSec=5min
# 130: was stopped like that. 75: done, but something is still pending.
SuccessExitStatus=75 130

# A backup gives way to other work.
Nice=10
IOSchedulingClass=idle

NoNewPrivileges=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# Netlink is how the C library and the runtime learn which addresses there are.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute stays off: the JavaScript engine writes machine code
# and runs it.
`;
}

/** `moraine-sync@.timer`. */
export function timerUnit(): string {
  return `[Unit]
Description=Sync a folder into a Glacier vault once a day (%i)
Documentation=man:moraine(1)

[Timer]
OnCalendar=daily
# Not everybody at midnight.
RandomizedDelaySec=4h
# A day on which the machine was off is made up for.
Persistent=true

[Install]
WantedBy=timers.target
`;
}

/** The configuration to start from; it is an example, and never in `/etc` by itself. */
export function exampleConfiguration(): string {
  return `# /etc/moraine/photos.cfg: what moraine-sync@photos.timer syncs.
# Only root may read it where it has a secret: chmod 600 /etc/moraine/photos.cfg
# All options: moraine help sync

# What is kept, and in which vault. Make the vault first:
#   moraine create-vault photos --config /etc/moraine/photos.cfg
dir=/srv/photos
vault=photos
region=eu-west-1

# Which archive holds which file. Keep a copy of it elsewhere.
journal=/var/lib/moraine/photos.log

# The access key. Without these two lines AWS's usual places are looked up:
# environment, /root/.aws, the role of the instance.
#key=AKIDEXAMPLE
#secret=

# Upload new files, and those that changed. Amazon bills archives that are
# deleted within 90 days for the rest of these: look first, with
#   moraine sync --config /etc/moraine/photos.cfg --dry-run
#new
#replace-modified
`;
}
