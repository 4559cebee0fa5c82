//! What to say of a host that does not exist.

/// The regions of Alibaba Cloud, for a name that is one slip away from one.
const REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-heyuan",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-nanjing",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-wuhan-lr",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "na-south-1",
    "us-east-1",
    "us-west-1",
];
const DOMAIN: &str = ".aliyuncs.com";

/// `host` is what was looked for, the bucket in front of it in virtual-host style.
pub(super) fn advice(host: &str) -> String {
    let host = host.split(':').next().unwrap_or_default();
    let Some(service) = host.strip_suffix(DOMAIN) else {
        return if host.contains("aliyun") {
            format!("check endPoint for a typo: OSS's domains end in `{DOMAIN}`")
        } else {
            "check endPoint for a typo; for a domain that is bound to a bucket, set addressing to \
             `cname`"
                .to_owned()
        };
    };
    let label = service.rsplit('.').next().unwrap_or_default();
    let given = label.strip_prefix("oss-").unwrap_or(label);
    let (given, suffix) = match given.strip_suffix("-internal") {
        Some(region) => (region, "-internal"),
        None => (given, ""),
    };
    if REGIONS.contains(&given) && !suffix.is_empty() {
        return "an internal endpoint exists inside of its region only: leave `-internal` out"
            .to_owned();
    }
    let near = REGIONS.iter().map(|region| (strsim::osa_distance(region, given), region));
    match near.min() {
        Some((distance @ 1..=2, region)) if distance < given.len() => {
            format!("check endPoint for a typo: did you mean `oss-{region}{suffix}{DOMAIN}`?")
        }
        _ => "check endPoint for a typo, and that this machine can look names up".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_region_is_offered() {
        for (host, expected) in [
            (
                "bkt.oss-cn-hangzou.aliyuncs.com",
                "check endPoint for a typo: did you mean `oss-cn-hangzhou.aliyuncs.com`?",
            ),
            (
                "bkt.oss-cn-shnghai-internal.aliyuncs.com:443",
                "check endPoint for a typo: did you mean `oss-cn-shanghai-internal.aliyuncs.com`?",
            ),
            (
                "bkt.oss-cn-beijing-internal.aliyuncs.com",
                "an internal endpoint exists inside of its region only: leave `-internal` out",
            ),
            (
                "bkt.oss-cn-beijing.aliyuncs.com",
                "check endPoint for a typo, and that this machine can look names up",
            ),
            (
                "bkt.oss-cn-hangzhou.aliyun.com",
                "check endPoint for a typo: OSS's domains end in `.aliyuncs.com`",
            ),
            (
                "bkt.static.example.com",
                "check endPoint for a typo; for a domain that is bound to a bucket, set addressing \
                 to `cname`",
            ),
        ] {
            assert_eq!(advice(host), expected, "{host}");
        }
    }
}
