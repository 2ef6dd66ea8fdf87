#include "proxy/web/asset.h"

#include <array>

namespace postern::web {

extern const std::string_view index_html;
extern const std::string_view style_css;
extern const std::string_view icon_svg;
extern const std::string_view main_js;
extern const std::string_view api_js;
extern const std::string_view words_js;
extern const std::string_view dom_js;
extern const std::string_view overview_js;
extern const std::string_view charts_js;
extern const std::string_view mail_js;
extern const std::string_view devices_js;
extern const std::string_view device_html;
extern const std::string_view device_js;
extern const std::string_view setup_js;

const Asset* find_asset(std::string_view path) {
  constexpr const char* html = "text/html; charset=utf-8";
  constexpr const char* css = "text/css; charset=utf-8";
  constexpr const char* script = "text/javascript; charset=utf-8";
  static const std::array assets{
      Asset{"/", html, index_html},
      Asset{"/style.css", css, style_css},
      Asset{"/icon.svg", "image/svg+xml", icon_svg},
      Asset{"/main.js", script, main_js},
      Asset{"/api.js", script, api_js},
      Asset{"/words.js", script, words_js},
      Asset{"/dom.js", script, dom_js},
      Asset{"/overview.js", script, overview_js},
      Asset{"/charts.js", script, charts_js},
      Asset{"/mail.js", script, mail_js},
      Asset{"/setup.js", script, setup_js},
      Asset{"/devices.js", script, devices_js},
      Asset{"/device", html, device_html},
      Asset{"/device.js", script, device_js},
  };
  for (const Asset& asset : assets) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace postern::web
