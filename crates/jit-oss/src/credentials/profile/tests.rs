use super::*;
use crate::credentials::ProviderErrorKind::{self, Absent, Malformed};

/// A folder with these files in it.
fn home_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = home.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    home
}

const CLI: &str = ".aliyun/config.json";
const SHARED: &str = ".alibabacloud/credentials";

async fn found(files: &[(&str, &str)], name: Option<&str>) -> Result<String, ProviderError> {
    let home = home_with(files);
    let mut provider = ProfileProvider::new(Environment::new(|_| None)).with_home(home.path());
    if let Some(name) = name {
        provider = provider.with_name(name);
    }
    Ok(match provider.profile().await? {
        Profile::Keys(keys) => {
            let token = keys.security_token().unwrap_or("-");
            format!("{} {} {token}", keys.access_key_id(), keys.secret())
        }
        Profile::Role { base, role, .. } => format!("{role:?} on {base:?}"),
        other => format!("{other:?}"),
    })
}

const PROFILES: &str = r#"{
  "current": "main",
  "profiles": [
    {"name": "main", "mode": "AK", "access_key_id": "a", "access_key_secret": "s", "region_id": "x",
     "retry_timeout": 10},
    {"name": "sts", "mode": "StsToken", "access_key_id": "a", "access_key_secret": "s", "sts_token": "t"},
    {"name": "ecs", "mode": "EcsRamRole", "ram_role_name": "r"},
    {"name": "role", "mode": "RamRoleArn", "access_key_id": "a", "access_key_secret": "hush",
     "ram_role_arn": "acs:ram::1:role/r", "ram_session_name": "me", "expired_seconds": 1800},
    {"name": "chain", "mode": "ChainableRamRoleArn", "source_profile": "role", "ram_role_arn": "acs:x"},
    {"name": "both", "mode": "RamRoleArnWithRoleName", "ram_role_name": "r", "ram_role_arn": "acs:y"},
    {"name": "oidc", "mode": "OIDC", "ram_role_arn": "acs:z", "oidc_provider_arn": "p",
     "oidc_token_file": "/f", "sts_region": "cn-beijing"},
    {"name": "empty", "mode": "AK", "access_key_id": "", "access_key_secret": "hush"},
    {"name": "loop", "mode": "ChainableRamRoleArn", "source_profile": "loop", "ram_role_arn": "acs:x"},
    {"name": "lost", "mode": "ChainableRamRoleArn", "source_profile": "none", "ram_role_arn": "acs:x"},
    {"name": "sso", "mode": "CloudSSO"}
  ]
}"#;

#[tokio::test]
async fn each_mode_of_the_command_lines_file() {
    let get = async |name| found(&[(CLI, PROFILES)], Some(name)).await;
    assert_eq!(found(&[(CLI, PROFILES)], None).await.unwrap(), "a s -");
    assert_eq!(get("main").await.unwrap(), "a s -");
    assert_eq!(get("sts").await.unwrap(), "a s t");
    assert_eq!(get("ecs").await.unwrap(), "Ecs(Some(\"r\"))");
    let role = get("role").await.unwrap();
    assert!(role.contains("session_name: \"me\", duration: 1800s"), "{role}");
    assert!(role.contains("on Keys(") && !role.contains("hush"), "{role}");
    let chain = get("chain").await.unwrap();
    assert!(chain.contains("\"acs:x\"") && chain.contains("on Role {"), "{chain}");
    assert!(get("both").await.unwrap().contains("on Ecs(Some(\"r\"))"));
    let oidc = get("oidc").await.unwrap();
    assert!(oidc.contains("token_file: \"/f\", sts_region: Some(\"cn-beijing\")"), "{oidc}");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_not_shown() {
    let check = async |files: &[(&str, &str)], name, kind: ProviderErrorKind, message: &str| {
        let error = found(files, name).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    };
    let cli = [(CLI, PROFILES)];
    check(&cli, Some("empty"), Malformed, "profile `empty` of").await;
    check(&cli, Some("empty"), Malformed, "has no access_key_id").await;
    check(&cli, Some("loop"), Malformed, "builds on itself").await;
    check(&cli, Some("lost"), Malformed, "builds on `none`, which is not there").await;
    check(&cli, Some("sso"), Malformed, "mode `CloudSSO` of profile `sso`").await;
    check(&cli, Some("nobody"), Absent, "no profile `nobody` in").await;
    check(&[], None, Absent, "no profile `default` in").await;
    check(&[(CLI, "{\"current\": hush}")], None, Malformed, "(line 1, column").await;
    let twice = r#"{"profiles": [{"name": "a", "mode": "AK", "access_key_secret": 7}]}"#;
    check(&[(CLI, twice)], Some("a"), Malformed, "(line 1, column").await;
    let shared = |text: &'static str| [(SHARED, text)];
    check(&shared("[default]\nhush\n"), None, Malformed, "line 2 of").await;
    check(&shared("[default]\n"), None, Malformed, "has no type").await;
    check(&shared("[default]\ntype=rsa\n"), None, Malformed, "type `rsa`").await;
    check(
        &shared("[default]\ntype=access_key\naccess_key_secret=hush"),
        None,
        Malformed,
        "no access_key_id",
    )
    .await;
    check(&[(".aliyun/config.json/x", "")], None, Malformed, "cannot read").await;
}

#[tokio::test]
async fn each_type_of_the_shared_file_and_which_file_counts() {
    let text = "[default]\ntype = access_key\naccess_key_id = b\naccess_key_secret = s\n\
                [sts]\ntype=sts\naccess_key_id=b\naccess_key_secret=s\nsecurity_token=t\n\
                [ecs]\ntype=ecs_ram_role\n\
                [role]\ntype=ram_role_arn\naccess_key_id=b\naccess_key_secret=s\nrole_arn=acs:r\n\
                [oidc]\ntype=oidc_role_arn\nrole_arn=acs:r\noidc_provider_arn=p\noidc_token_file_path=/f\n";
    let get = async |name| found(&[(SHARED, text)], name).await.unwrap();
    assert_eq!(get(None).await, "b s -");
    assert_eq!(get(Some("sts")).await, "b s t");
    assert_eq!(get(Some("ecs")).await, "Ecs(None)");
    assert!(get(Some("role")).await.contains("\"acs:r\""));
    assert!(get(Some("oidc")).await.contains("token_file: \"/f\""));
    let both = [(CLI, PROFILES), (SHARED, text)];
    assert_eq!(found(&both, None).await.unwrap(), "a s -");
    assert_eq!(found(&both, Some("default")).await.unwrap(), "b s -");
}
